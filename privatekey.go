package parley

import (
	"crypto"
	"crypto/rsa"
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/handshake"
)

// usePrivateKey signs or decrypts with a certificate's key.
func usePrivateKey(key crypto.PrivateKey, random io.Reader, q handshake.PrivateKeyQuestion) handshake.PrivateKeyReply {
	if q.Decrypt != nil {
		return decryptPremaster(key, random, q.Decrypt)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return handshake.PrivateKeyReply{Err: errors.New("the private key is no crypto.Signer")}
	}
	signature, err := signer.Sign(random, q.Digest, q.Opts)
	return handshake.PrivateKeyReply{Result: signature, Err: err}
}

// decryptPremaster is all that touches RSA key exchange's padding. SessionKeyLen
// makes the decrypter give random bytes where the padding is wrong, in equal
// time; whatever it may err by counts as just that.
func decryptPremaster(key crypto.PrivateKey, random io.Reader, encrypted []byte) handshake.PrivateKeyReply {
	decrypter, ok := key.(crypto.Decrypter)
	if !ok {
		return handshake.PrivateKeyReply{Err: errors.New("the private key is no crypto.Decrypter")}
	}
	//lint:ignore SA1019 TLS_RSA suites are all that some clients have; with SessionKeyLen this is the safe way to serve them (RFC 5246, section 7.4.7.1).
	secret, err := decrypter.Decrypt(random, encrypted, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: 48})
	return handshake.PrivateKeyReply{Result: secret, Err: err}
}
