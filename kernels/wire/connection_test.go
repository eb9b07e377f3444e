package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const goodConnection = `{"transport":"tcp","ip":"127.0.0.1","key":"k","signature_scheme":"hmac-sha256","shell_port":1001,"control_port":1002,"stdin_port":1003,"iopub_port":1004,"hb_port":1005,"kernel_name":"x"}`

// wantWords fails unless err has every word.
func wantWords(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("%q is not in %q", w, err)
		}
	}
}

func TestParseConnection(t *testing.T) {
	c, err := ParseConnection("f", []byte(goodConnection))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Connection{"tcp", "127.0.0.1", "k", "hmac-sha256", 1001, 1002, 1003, 1004, 1005}); *c != want {
		t.Errorf("%+v, want %+v", *c, want)
	}
	for name, text := range map[string]string{
		"empty":     "",
		"cut":       goodConnection[:60],
		"list":      "[]",
		"null":      "null",
		"transport": strings.Replace(goodConnection, "tcp", "udp", 1),
		"scheme":    strings.Replace(goodConnection, "sha256", "md5", 1),
		"no ip":     strings.Replace(goodConnection, "127.0.0.1", "", 1),
		"port":      strings.Replace(goodConnection, "1001", "70000", 1),
		"no port":   strings.Replace(goodConnection, `"hb_port":1005`, `"x":1`, 1),
		"twice":     strings.Replace(goodConnection, "1001", "1002", 1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseConnection("file-name", []byte(text))
			wantWords(t, err, "connection file", "file-name", "restart the kernel")
		})
	}
	_, err = ReadConnection(filepath.Join(t.TempDir(), "none.json"))
	wantWords(t, err, "connection file", "no such file")
}

func TestAddress(t *testing.T) {
	for _, c := range []struct{ transport, ip, network, address string }{
		{"tcp", "127.0.0.1", "tcp", "127.0.0.1:7"},
		{"tcp", "::1", "tcp", "[::1]:7"},
		{"tcp", "*", "tcp", ":7"},
		{"ipc", "/run/kernel", "unix", "/run/kernel-7"},
	} {
		network, address := (&Connection{Transport: c.transport, IP: c.ip}).Address(7)
		if network != c.network || address != c.address {
			t.Errorf("%s %s: %s %s", c.transport, c.ip, network, address)
		}
	}
}

func TestNewConnection(t *testing.T) {
	made, file, err := NewConnection(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read the key: %v, %v", info, err)
	}
	read, err := ReadConnection(file)
	if err != nil || *read != *made || read.Key == "" {
		t.Errorf("wrote %+v, read %+v, %v", made, read, err)
	}
	other, _, err := NewConnection(t.TempDir())
	if err != nil || other.Key == made.Key {
		t.Errorf("the key is not fresh: %v", err)
	}
	_, _, err = NewConnection(filepath.Join(t.TempDir(), "none"))
	wantWords(t, err, "no such file", "folder")
}

func FuzzParseConnection(f *testing.F) {
	f.Add([]byte(goodConnection))
	f.Add([]byte(`{"transport":"ipc","ip":"/x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConnection("f", text)
		if (c == nil) == (err == nil) {
			t.Fatal("neither a connection nor an error")
		}
		if err == nil {
			if _, address := c.Address(c.Shell); address == "" {
				t.Fatal("no address")
			}
		}
	})
}
