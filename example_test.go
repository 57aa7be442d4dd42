package parley_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/parley-tls/parley"
)

// An echo server. The founding client may begin its handshake again at any time,
// and this loop does not notice.
func ExampleListen() {
	listener, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{
		Certificates: serverCertificates(),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.Copy(conn, conn)
			}()
		}
	}()

	conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{ServerName: "parley.test", RootCAs: ca().pool()})
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "hello")
	answer := make([]byte, 5)
	io.ReadFull(conn, answer)
	fmt.Printf("%s\n", answer)
	// Output: hello
}

// A net/http server as it is, on a listener of Parley's. With ConnContext a
// handler also sees what http.Request.TLS has no field for.
func ExampleConnContext() {
	listener, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{
		Certificates: serverCertificates(),
		MaxVersion:   tls.VersionTLS12,
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		ConnContext: parley.ConnContext,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			state := parley.FromContext(r.Context()).State()
			fmt.Fprintf(w, "%s for %s, epoch %d", tls.VersionName(r.TLS.Version), r.TLS.ServerName, state.Epoch)
		}),
	}
	go server.Serve(listener)
	defer server.Close()

	client := &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{ServerName: "parley.test", RootCAs: ca().pool()},
	}}
	defer client.CloseIdleConnections()
	response, err := client.Get("https://" + listener.Addr().String())
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	fmt.Printf("%s\n", body)
	// Output: TLS 1.2 for parley.test, epoch 0
}

// Everybody may connect; who wants more must show a certificate, on the same
// connection.
func ExampleConn_RequestCertificate() {
	listener, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{
		Certificates: serverCertificates(),
		ClientCAs:    ca().pool(),
	})
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	go func() {
		alice := ca().issue("Alice", ecdsaKey())
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{
			ServerName: "parley.test", RootCAs: ca().pool(), MaxVersion: tls.VersionTLS12,
			Certificates: []tls.Certificate{alice}, Renegotiation: tls.RenegotiateOnceAsClient,
		})
		if err != nil {
			log.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "admin")
		io.Copy(io.Discard, conn)
	}()

	accepted, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer accepted.Close()
	conn := accepted.(*parley.Conn)
	request := make([]byte, 5)
	io.ReadFull(conn, request)
	fmt.Printf("%s, from %d certificates\n", request, len(conn.State().PeerCertificates))

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := conn.RequestCertificate(ctx, tls.RequireAndVerifyClientCert); err != nil {
		log.Fatal(err)
	}
	fmt.Println("it was", conn.State().PeerCertificates[0].Subject.CommonName)
	// Output:
	// admin, from 0 certificates
	// it was Alice
}

// A sharedStore keeps sessions where several servers find them: here a map, in
// earnest a network away. It sees sealed bytes only.
type sharedStore struct {
	mu       sync.Mutex
	sessions map[[32]byte][]byte
}

func (s *sharedStore) Put(_ context.Context, key [32]byte, sealed []byte, _ time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[key] = sealed
	return nil
}

func (s *sharedStore) Get(_ context.Context, key [32]byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[key], nil
}

func (s *sharedStore) Delete(_ context.Context, key [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, key)
	return nil
}

// A session store of one's own. The servers that share it share their ticket keys
// too; rotate those by giving a new one first and the old ones behind it.
func ExampleSessionStore() {
	key, err := parley.NewTicketKey([]byte("32 bytes of a secret from a safe"))
	if err != nil {
		log.Fatal(err)
	}
	store := &sharedStore{sessions: map[[32]byte][]byte{}}
	listener, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{
		Certificates: serverCertificates(),
		MaxVersion:   tls.VersionTLS12,
		Sessions:     store,
		TicketKeys:   fixedKeys{key},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	go func() {
		// A client without tickets: its session goes to the store.
		conn, err := tls.Dial("tcp", listener.Addr().String(), &tls.Config{ServerName: "parley.test", RootCAs: ca().pool(), SessionTicketsDisabled: true})
		if err != nil {
			log.Fatal(err)
		}
		conn.Close()
	}()
	conn, err := listener.Accept()
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Println(len(store.sessions), "session in the store")
	// Output: 1 session in the store
}
