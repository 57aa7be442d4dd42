package wire

// A Group is a named group for key exchange; before RFC 7919 these were
// called named curves.
type Group uint16

// The groups that we serve or speak of by name in code.
const (
	GroupSecp256r1      Group = 23
	GroupSecp384r1      Group = 24
	GroupSecp521r1      Group = 25
	GroupX25519         Group = 29
	GroupX448           Group = 30
	GroupX25519MLKEM768 Group = 4588
)

// IsGREASE reports whether g is one of the values that RFC 8701 reserves.
func (g Group) IsGREASE() bool { return isGREASE(uint16(g)) }

// String returns the name in the IANA registry, "secp256r1", or the number.
func (g Group) String() string { return name16(groupNames, g) }

var groupNames = map[Group]string{
	1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1", 5: "sect193r2",
	6: "sect233k1", 7: "sect233r1", 8: "sect239k1", 9: "sect283k1", 10: "sect283r1",
	11: "sect409k1", 12: "sect409r1", 13: "sect571k1", 14: "sect571r1",
	15: "secp160k1", 16: "secp160r1", 17: "secp160r2", 18: "secp192k1", 19: "secp192r1",
	20: "secp224k1", 21: "secp224r1", 22: "secp256k1",
	GroupSecp256r1: "secp256r1", GroupSecp384r1: "secp384r1", GroupSecp521r1: "secp521r1",
	26: "brainpoolP256r1", 27: "brainpoolP384r1", 28: "brainpoolP512r1",
	GroupX25519: "x25519", GroupX448: "x448",
	31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13", 33: "brainpoolP512r1tls13",
	34: "GC256A", 35: "GC256B", 36: "GC256C", 37: "GC256D", 38: "GC512A", 39: "GC512B", 40: "GC512C",
	41:  "curveSM2",
	256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144", 260: "ffdhe8192",
	512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024",
	4587: "SecP256r1MLKEM768", GroupX25519MLKEM768: "X25519MLKEM768", 4589: "SecP384r1MLKEM1024",
	25497:  "X25519Kyber768Draft00",
	0xff01: "arbitrary_explicit_prime_curves", 0xff02: "arbitrary_explicit_char2_curves",
}

// A SignatureScheme is a signature algorithm with its hash. The pair of bytes
// that TLS 1.2 calls SignatureAndHashAlgorithm reads as one (RFC 8446,
// section 4.2.3): hash first, signature second.
type SignatureScheme uint16

// The signature schemes that we sign or verify with, and those that a hello
// of our time offers.
const (
	SchemeRSAPKCS1MD5    SignatureScheme = 0x0101
	SchemeRSAPKCS1SHA1   SignatureScheme = 0x0201
	SchemeDSASHA1        SignatureScheme = 0x0202
	SchemeECDSASHA1      SignatureScheme = 0x0203
	SchemeRSAPKCS1SHA224 SignatureScheme = 0x0301
	SchemeDSASHA224      SignatureScheme = 0x0302
	SchemeECDSASHA224    SignatureScheme = 0x0303
	SchemeRSAPKCS1SHA256 SignatureScheme = 0x0401
	SchemeDSASHA256      SignatureScheme = 0x0402
	// In TLS 1.2 the three ECDSA schemes say the hash alone, not the curve.
	SchemeECDSAP256SHA256  SignatureScheme = 0x0403
	SchemeRSAPKCS1SHA384   SignatureScheme = 0x0501
	SchemeDSASHA384        SignatureScheme = 0x0502
	SchemeECDSAP384SHA384  SignatureScheme = 0x0503
	SchemeRSAPKCS1SHA512   SignatureScheme = 0x0601
	SchemeDSASHA512        SignatureScheme = 0x0602
	SchemeECDSAP521SHA512  SignatureScheme = 0x0603
	SchemeRSAPSSRSAESHA256 SignatureScheme = 0x0804
	SchemeRSAPSSRSAESHA384 SignatureScheme = 0x0805
	SchemeRSAPSSRSAESHA512 SignatureScheme = 0x0806
	SchemeEd25519          SignatureScheme = 0x0807
	SchemeEd448            SignatureScheme = 0x0808
	SchemeRSAPSSPSSSHA256  SignatureScheme = 0x0809
	SchemeRSAPSSPSSSHA384  SignatureScheme = 0x080a
	SchemeRSAPSSPSSSHA512  SignatureScheme = 0x080b
)

// IsGREASE reports whether s is one of the values that RFC 8701 reserves.
func (s SignatureScheme) IsGREASE() bool { return isGREASE(uint16(s)) }

// String returns the name in the IANA registry, "rsa_pkcs1_sha256", or one
// formed in its manner for TLS 1.2's other pairs, or the number.
func (s SignatureScheme) String() string { return name16(schemeNames, s) }

var schemeNames = map[SignatureScheme]string{
	SchemeRSAPKCS1MD5:      "rsa_pkcs1_md5",
	SchemeRSAPKCS1SHA1:     "rsa_pkcs1_sha1",
	SchemeDSASHA1:          "dsa_sha1",
	SchemeECDSASHA1:        "ecdsa_sha1",
	SchemeRSAPKCS1SHA224:   "rsa_pkcs1_sha224",
	SchemeDSASHA224:        "dsa_sha224",
	SchemeECDSASHA224:      "ecdsa_sha224",
	SchemeRSAPKCS1SHA256:   "rsa_pkcs1_sha256",
	SchemeDSASHA256:        "dsa_sha256",
	SchemeECDSAP256SHA256:  "ecdsa_secp256r1_sha256",
	SchemeRSAPKCS1SHA384:   "rsa_pkcs1_sha384",
	SchemeDSASHA384:        "dsa_sha384",
	SchemeECDSAP384SHA384:  "ecdsa_secp384r1_sha384",
	SchemeRSAPKCS1SHA512:   "rsa_pkcs1_sha512",
	SchemeDSASHA512:        "dsa_sha512",
	SchemeECDSAP521SHA512:  "ecdsa_secp521r1_sha512",
	0x0708:                 "sm2sig_sm3",
	SchemeRSAPSSRSAESHA256: "rsa_pss_rsae_sha256",
	SchemeRSAPSSRSAESHA384: "rsa_pss_rsae_sha384",
	SchemeRSAPSSRSAESHA512: "rsa_pss_rsae_sha512",
	SchemeEd25519:          "ed25519",
	SchemeEd448:            "ed448",
	SchemeRSAPSSPSSSHA256:  "rsa_pss_pss_sha256",
	SchemeRSAPSSPSSSHA384:  "rsa_pss_pss_sha384",
	SchemeRSAPSSPSSSHA512:  "rsa_pss_pss_sha512",
	0x081a:                 "ecdsa_brainpoolP256r1tls13_sha256",
	0x081b:                 "ecdsa_brainpoolP384r1tls13_sha384",
	0x081c:                 "ecdsa_brainpoolP512r1tls13_sha512",
	0x0904:                 "mldsa44",
	0x0905:                 "mldsa65",
	0x0906:                 "mldsa87",
}

// A CertificateType is a kind of client certificate that a server asks for;
// the RFCs call it ClientCertificateType.
type CertificateType uint8

// The client certificate types of RFC 5246, section 7.4.4, and RFC 8422.
const (
	CertificateTypeRSASign        CertificateType = 1
	CertificateTypeDSSSign        CertificateType = 2
	CertificateTypeRSAFixedDH     CertificateType = 3
	CertificateTypeDSSFixedDH     CertificateType = 4
	CertificateTypeECDSASign      CertificateType = 64
	CertificateTypeRSAFixedECDH   CertificateType = 65
	CertificateTypeECDSAFixedECDH CertificateType = 66
)

// String returns the name that the RFC gives the type, "rsa_sign".
func (t CertificateType) String() string { return name8(certificateTypeNames, t) }

var certificateTypeNames = map[CertificateType]string{
	CertificateTypeRSASign:        "rsa_sign",
	CertificateTypeDSSSign:        "dss_sign",
	CertificateTypeRSAFixedDH:     "rsa_fixed_dh",
	CertificateTypeDSSFixedDH:     "dss_fixed_dh",
	5:                             "rsa_ephemeral_dh",
	6:                             "dss_ephemeral_dh",
	20:                            "fortezza_dms",
	CertificateTypeECDSASign:      "ecdsa_sign",
	CertificateTypeRSAFixedECDH:   "rsa_fixed_ecdh",
	CertificateTypeECDSAFixedECDH: "ecdsa_fixed_ecdh",
	67:                            "gost_sign256",
	68:                            "gost_sign512",
}
