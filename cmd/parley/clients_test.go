package main

import (
	"log/slog"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/wire"
)

// clientsFile is an inventory with one client of TLS 1.0 in it.
func clientsFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "clients.db")
	b, err := inventory.Open(inventory.Options{File: name, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.Add(inventory.Sighting{Who: inventory.Who{Listener: "l", Source: netip.MustParsePrefix("192.0.2.7/32"), JA3: "j"}, At: time.Now(), Began: true,
		Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA})
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestClientsOfAFile(t *testing.T) {
	name := clientsFile(t)
	for _, test := range []struct {
		form clientsForm
		says string
	}{
		{clientsForm{}, "192.0.2.7"},
		{clientsForm{since: "24h"}, "1 client;"},
		{clientsForm{since: "2999-01-01"}, "0 clients; 0 would be served by modern; 1 left out."},
		{clientsForm{source: "192.0.2.7"}, "1 client;"},
		{clientsForm{source: "198.51.100.0/24"}, "0 clients;"},
		{clientsForm{csv: true}, "l,192.0.2.7,j,"},
		{clientsForm{json: true}, `"source": "192.0.2.7/32"`},
		{clientsForm{suggest: true}, "# 1 client;"},
		{clientsForm{trial: true}, "No trial has seen a client yet"},
	} {
		test.form.file, test.form.profile = name, "modern"
		var out strings.Builder
		if err := test.form.write(&out, 80, time.Now()); err != nil || !strings.Contains(out.String(), test.says) {
			t.Errorf("%+v: %s, %v", test.form, out.String(), err)
		}
	}
}

func TestClientsCalledWrongly(t *testing.T) {
	for _, test := range []struct {
		form clientsForm
		says string
	}{
		{clientsForm{}, "--admin"},
		{clientsForm{admin: "unix:/a", file: "f"}, "--file"},
		{clientsForm{file: "f", csv: true, json: true}, "choose one"},
		{clientsForm{file: "f", needs: "patience"}, "min_version"},
		{clientsForm{file: "f", source: "here"}, "192.0.2.0/24"},
		{clientsForm{file: "f", since: "yesterday"}, "24h"},
		{clientsForm{file: "f", profile: "old"}, "museum"},
	} {
		if err := test.form.write(&strings.Builder{}, 80, time.Now()); err == nil || exitCode(err) != exitUsage || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v", test.form, err)
		}
	}
	if err := (clientsForm{file: filepath.Join(t.TempDir(), "none"), profile: "modern"}).write(&strings.Builder{}, 80, time.Now()); err == nil || exitCode(err) != exitFailure {
		t.Errorf("a file that is not there: %v", err)
	}
}
