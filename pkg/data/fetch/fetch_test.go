package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func zip(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// content is n bytes that do not repeat.
func content(n int) []byte {
	b := make([]byte, n)
	x := uint32(1)
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// host serves files and counts how it was asked.
type host struct {
	*httptest.Server
	asked  atomic.Int32
	ranges atomic.Int32

	mu    sync.Mutex
	files map[string][]byte
	how   func(w http.ResponseWriter, r *http.Request, b []byte) // instead of the whole file, if set
}

// serve sets how the host answers from now on.
func (h *host) serve(how func(w http.ResponseWriter, r *http.Request, b []byte)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.how = how
}

func newHost(t *testing.T, files map[string][]byte) *host {
	h := &host{files: files}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked.Add(1)
		if r.Header.Get("Range") != "" {
			h.ranges.Add(1)
		}
		h.mu.Lock()
		b, ok := h.files[strings.TrimPrefix(r.URL.Path, "/")]
		serve := h.how
		h.mu.Unlock()
		switch {
		case !ok:
			http.NotFound(w, r)
		case serve != nil:
			serve(w, r, b)
		default:
			w.Header().Set("Content-Type", "application/octet-stream")
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
		}
	}))
	t.Cleanup(h.Close)
	return h
}

// toy is a set of two files on the host, one of them zipped, in an empty cache.
func toy(t *testing.T, h *host) (set Set, cache string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("CURIOUS_HOME", home)
	t.Setenv("CURIOUS_DATA", "")
	t.Setenv("CURIOUS_OFFLINE", "")
	plain, big := []byte("hello\n"), content(300_000)
	zipped := zip(plain)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.files["small.gz"], h.files["big"] = zipped, big
	return Set{
		Name: "toy", Title: "Toy", Hosts: []string{h.URL + "/"},
		Files: []File{
			{"small.gz", int64(len(zipped)), sum(zipped), Sum{int64(len(plain)), sum(plain)}},
			{"big", int64(len(big)), sum(big), Sum{}},
		},
	}, filepath.Join(home, "data", "toy")
}

// names lists what lies in a folder, but for the lock.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	var out []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			out = append(out, e.Name())
		}
	}
	return strings.Join(out, " ")
}

func TestGet(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, cache := toy(t, h)
	if status, err := set.Status(); err != nil || status.Complete() || status.Files != 0 || status.Missing != set.Size() {
		t.Fatalf("before: %+v %v", status, err)
	}
	var last Event
	found, err := set.Get(t.Context(), func(e Event) {
		if e.Done < last.Done || e.Total != set.Size() {
			t.Errorf("progress %+v after %+v", e, last)
		}
		last = e
	})
	if err != nil {
		t.Fatal(err)
	}
	if last.Done != set.Size() {
		t.Errorf("progress ended at %d of %d bytes", last.Done, set.Size())
	}
	if got := names(t, cache); got != "big small.gz" {
		t.Errorf("the cache holds %q", got)
	}
	for i, want := range []string{"hello\n", string(h.files["big"])} {
		var b bytes.Buffer
		if n, err := found[i].WriteTo(&b); err != nil || b.String() != want || n != int64(len(want)) || n != found[i].Size() {
			t.Errorf("%s: %d bytes, %v", found[i].File.Name, n, err)
		}
	}
	if status, err := set.Status(); err != nil || !status.Complete() || status.String() != "here, in the cache" {
		t.Errorf("after: %v %v", status, err)
	}
	if err := set.Verify(); err != nil {
		t.Error(err)
	}
	asked := h.asked.Load()
	h.Close()
	if _, err := set.Get(t.Context(), nil); err != nil || h.asked.Load() != asked {
		t.Errorf("the second time needs the network: %v", err)
	}
}

// Each trouble gets its message, and leaves only what can be gone on with.
func TestTrouble(t *testing.T) {
	html := func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		io.WriteString(w, "<html>please sign in</html>")
	}
	for _, c := range []struct {
		name        string
		serve       func(w http.ResponseWriter, r *http.Request, b []byte)
		unreachable bool
		want, left  string
	}{
		{"sign-in page", html, true, "answers with a web page", ""},
		{"gone", func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusGone) }, true, `answers "410 Gone"`, ""},
		{"changed", func(w http.ResponseWriter, _ *http.Request, b []byte) {
			w.Header().Set("Content-Type", "application/x-gzip")
			w.Write(bytes.Repeat([]byte{7}, len(b)))
		}, false, "is published: the host's file was changed", ""},
		{"too long", func(w http.ResponseWriter, _ *http.Request, b []byte) {
			w.Header().Set("Content-Type", "application/x-gzip")
			w.Write(append(bytes.Clone(b), 1))
		}, false, "sends more than", ""},
		{"cut", func(w http.ResponseWriter, _ *http.Request, b []byte) {
			w.Header().Set("Content-Type", "application/x-gzip")
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			w.Write(b[:5])
		}, true, "broke off", "small.gz.part"},
		{"stalled", func(w http.ResponseWriter, r *http.Request, b []byte) {
			w.Header().Set("Content-Type", "application/x-gzip")
			w.Header().Set("Content-Length", fmt.Sprint(len(b)))
			w.Write(b[:5])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, true, "sent nothing for 100ms", "small.gz.part"},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func(d time.Duration) { stallWait = d }(stallWait)
			stallWait = 100 * time.Millisecond
			h := newHost(t, map[string][]byte{})
			set, cache := toy(t, h)
			h.serve(c.serve)
			_, err := set.Get(t.Context(), nil)
			unreachable := (*Unreachable)(nil)
			if err == nil || errors.As(err, &unreachable) != c.unreachable || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "data: fetching toy: ") {
				t.Errorf("error %v", err)
			}
			if got := names(t, cache); got != c.left {
				t.Errorf("the cache holds %q, want %q", got, c.left)
			}
			h.serve(nil)
			if _, err := set.Get(t.Context(), nil); err != nil {
				t.Errorf("afterwards, from a sound host: %v", err)
			}
			if got := names(t, cache); got != "big small.gz" {
				t.Errorf("in the end the cache holds %q", got)
			}
		})
	}
}

func TestNoNetwork(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, _ := toy(t, h)
	unreachable := (*Unreachable)(nil)

	t.Setenv("CURIOUS_OFFLINE", "1")
	if _, err := set.Get(t.Context(), nil); !errors.As(err, &unreachable) || h.asked.Load() != 0 {
		t.Errorf("told to stay offline: %v, the host was asked %d times", err, h.asked.Load())
	}
	t.Setenv("CURIOUS_OFFLINE", "")

	h.Close() // nobody listens
	if _, err := set.Get(t.Context(), nil); !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "failed") {
		t.Errorf("nobody listens: %v", err)
	}

	// A host that accepts and says nothing; the next cell must not wait for it again.
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	defer func(d time.Duration) { answerWait = d }(answerWait)
	answerWait = 100 * time.Millisecond
	set.Hosts = []string{"http://" + deaf.Addr().String() + "/"}
	if _, err := set.Ensure(nil); !errors.As(err, &unreachable) || !strings.Contains(unreachable.Why, "does not answer") {
		t.Errorf("a deaf host: %v", err)
	}
	answerWait = time.Hour
	if _, err := set.Ensure(nil); !errors.As(err, &unreachable) || !strings.Contains(unreachable.Why, "did not answer at") {
		t.Errorf("a host that was deaf a moment ago: %v", err)
	}
}

func TestSecondHost(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, _ := toy(t, h)
	bad := newHost(t, nil)
	set.Hosts = []string{bad.URL + "/", h.URL + "/"}
	if _, err := set.Get(t.Context(), nil); err != nil || bad.asked.Load() != 2 {
		t.Errorf("%v; the first host was asked %d times, want once for each file", err, bad.asked.Load())
	}
}

func TestResume(t *testing.T) {
	for _, c := range []struct {
		name   string
		part   func(whole []byte) []byte
		deaf   bool // the host ignores Range
		ranges int32
	}{
		{"a good start", func(b []byte) []byte { return b[:1000] }, false, 1},
		{"all but the name", func(b []byte) []byte { return b }, false, 0},
		{"a bad start", func(b []byte) []byte { return make([]byte, 1000) }, false, 1},
		{"bad and whole", func(b []byte) []byte { return make([]byte, len(b)) }, false, 0},
		{"too long", func(b []byte) []byte { return append(bytes.Clone(b), 1) }, false, 0},
		{"a host that starts over", func(b []byte) []byte { return b[:1000] }, true, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHost(t, map[string][]byte{})
			set, cache := toy(t, h)
			set.Files = set.Files[1:]
			whole := h.files["big"]
			if c.deaf {
				h.serve(func(w http.ResponseWriter, _ *http.Request, b []byte) { w.Write(b) })
			}
			os.MkdirAll(cache, 0o755)
			os.WriteFile(cache+"/big.part", c.part(whole), 0o644)
			if _, err := set.Get(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(cache + "/big"); !bytes.Equal(got, whole) {
				t.Error("the file is not the published one")
			}
			if got := h.ranges.Load(); got != c.ranges {
				t.Errorf("the host was asked to go on %d times, want %d", got, c.ranges)
			}
			if got := names(t, cache); got != "big" {
				t.Errorf("the cache holds %q", got)
			}
		})
	}
}

// A connection that is cut again and again is taken up again as long as it brings something.
func TestCutConnection(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, _ := toy(t, h)
	set.Files = set.Files[1:]
	h.serve(func(w http.ResponseWriter, r *http.Request, b []byte) {
		var from int
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Length", fmt.Sprint(len(b)-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(b)-1, len(b)))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(b[from:min(from+120_000, len(b))])
	})
	if _, err := set.Get(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if got := h.asked.Load(); got != 3 {
		t.Errorf("the host was asked %d times, want 3", got)
	}
}

func TestInterrupt(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, cache := toy(t, h)
	set.Files = set.Files[1:]
	h.serve(func(w http.ResponseWriter, r *http.Request, b []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.Write(b[:100_000])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	ctx, stop := context.WithCancel(t.Context())
	_, err := set.Get(ctx, func(e Event) {
		if e.Done >= 100_000 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "goes on from here") {
		t.Errorf("interrupted: %v", err)
	}
	if info, err := os.Stat(cache + "/big.part"); err != nil || info.Size() < 100_000 {
		t.Errorf("what had come is lost: %v", err)
	}
}

// TestMain lets the test be its own other process: fetch the toy set from the host named.
func TestMain(m *testing.M) {
	if address := os.Getenv("FETCH_TEST_HOST"); address != "" {
		big := content(300_000)
		set := Set{Name: "toy", Hosts: []string{address}, Files: []File{{"big", int64(len(big)), sum(big), Sum{}}}}
		if _, err := set.Get(context.Background(), nil); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func other(t *testing.T, h *host) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), "FETCH_TEST_HOST="+h.URL+"/")
	return c
}

// kill -9 in the middle of a download: the lock is free, nothing half-made has the file's name, and the next process goes on.
func TestKill(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, cache := toy(t, h)
	set.Files = set.Files[1:]
	sent := make(chan struct{})
	h.serve(func(w http.ResponseWriter, r *http.Request, b []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(b)))
		w.Write(b[:100_000])
		w.(http.Flusher).Flush()
		close(sent)
		<-r.Context().Done()
	})
	c := other(t, h)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-sent
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if info, err := os.Stat(cache + "/big.part"); err == nil && info.Size() == 100_000 {
			break
		}
	}
	c.Process.Kill()
	c.Wait()
	if got := names(t, cache); got != "big.part" {
		t.Fatalf("after the kill the cache holds %q", got)
	}
	h.serve(nil)
	if _, err := set.Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if h.ranges.Load() != 1 {
		t.Error("the next process started over")
	}
	if err := set.Verify(); err != nil {
		t.Error(err)
	}
}

// Four processes want the same set: one fetches.
func TestLock(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, cache := toy(t, h)
	set.Files = set.Files[1:]
	h.serve(func(w http.ResponseWriter, r *http.Request, b []byte) {
		time.Sleep(300 * time.Millisecond)
		w.Write(b)
	})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if out, err := other(t, h).CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	wg.Go(func() {
		if _, err := set.Get(t.Context(), nil); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if got := h.asked.Load(); got != 1 {
		t.Errorf("the host was asked %d times, want once", got)
	}
	if got := names(t, cache); got != "big" {
		t.Errorf("the cache holds %q", got)
	}
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("this system has no /dev/full, which stands for a full disk")
	}
	h := newHost(t, map[string][]byte{})
	set, _ := toy(t, h)
	link := filepath.Join(t.TempDir(), "big.part")
	if err := os.Symlink("/dev/full", link); err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(link, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &part{file: set.Files[1], out: out, sum: sha256.New()}
	h.serve(func(w http.ResponseWriter, _ *http.Request, b []byte) {
		p.size = 0
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(b)-1, len(b)))
		w.WriteHeader(http.StatusPartialContent) // the device cannot be cut to length, as an answer of 200 asks for
		w.Write(b)
	})
	err = set.trouble(p.append(t.Context(), client(), h.URL+"/big", func(int64) {}))
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "make room for 300.0 kB") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Lstat(link); err == nil {
		t.Error("what had come still takes room")
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, _ := toy(t, h)
	file := filepath.Join(t.TempDir(), "file")
	os.WriteFile(file, nil, 0o644)
	t.Setenv("CURIOUS_HOME", file)
	if _, err := set.Get(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "set CURIOUS_HOME to a folder that may be written") {
		t.Errorf("error %v", err)
	}
	if h.asked.Load() != 0 {
		t.Error("the host was asked although there is no room for the answer")
	}
}

// Files may lie in $CURIOUS_DATA, zipped or not, whatever the form they are published in.
func TestFind(t *testing.T) {
	h := newHost(t, map[string][]byte{})
	set, cache := toy(t, h)
	given := t.TempDir()
	t.Setenv("CURIOUS_DATA", given)
	os.MkdirAll(given+"/toy", 0o755)
	os.WriteFile(given+"/toy/small", []byte("hello\n"), 0o644)
	os.WriteFile(given+"/toy/big.gz", zip(h.files["big"]), 0o644)
	if err := set.Verify(); err != nil {
		t.Fatal(err)
	}
	if status, err := set.Status(); err != nil || status.String() != "here, in $CURIOUS_DATA/toy" || status.Dir != given+"/toy" {
		t.Errorf("%+v %v", status, err)
	}
	// One of them only: the other one is fetched into the cache, and $CURIOUS_DATA is left alone.
	os.Remove(given + "/toy/big.gz")
	if status, err := set.Status(); err != nil || !strings.HasPrefix(status.String(), "in part, in $CURIOUS_DATA/toy: ") {
		t.Errorf("%v %v", status, err)
	}
	if _, err := set.Get(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if names(t, cache) != "big" || names(t, given+"/toy") != "small" {
		t.Errorf("the cache holds %q, CURIOUS_DATA %q", names(t, cache), names(t, given+"/toy"))
	}
	// Zipped anew, a file has other bytes and the same content.
	os.Remove(given + "/toy/small")
	os.WriteFile(given+"/toy/small.gz", append(zip([]byte("hello\n")), zip(nil)...), 0o644)
	if err := set.Verify(); err != nil {
		t.Errorf("zipped anew: %v", err)
	}
	t.Setenv("CURIOUS_DATA", given+"/nothing")
	if _, err := set.Status(); err == nil || !strings.Contains(err.Error(), "correct or unset it") {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestDamagedFiles(t *testing.T) {
	for _, c := range []struct {
		name, file string
		change     func(b []byte) []byte
		want       string
	}{
		{"changed", "big", func(b []byte) []byte { b[7]++; return b }, "its SHA-256 is"},
		{"truncated", "big", func(b []byte) []byte { return b[:1000] }, "it ends after 1000 of 300000 bytes"},
		{"longer", "big", func(b []byte) []byte { return append(b, 1) }, "more than the 300000 bytes"},
		{"empty", "big", func([]byte) []byte { return nil }, "it ends after 0"},
		{"archive changed", "small.gz", func(b []byte) []byte { b[len(b)-5]++; return b }, "gzip: invalid checksum"},
		{"archive truncated", "small.gz", func(b []byte) []byte { return b[:len(b)-3] }, "unexpected EOF"},
		{"archive of something else", "small.gz", func([]byte) []byte { return zip([]byte("hallo\n")) }, "its SHA-256 is"},
		{"archive of zeros without end", "small.gz", func([]byte) []byte { return zip(make([]byte, 10_000_000)) }, "more than the 6 bytes"},
		{"archive with a tail", "small.gz", func(b []byte) []byte { return append(b, "some more bytes"...) }, "gzip: invalid header"},
		{"no archive", "small.gz", func([]byte) []byte { return []byte("<html>please sign in</html>") }, "gzip: invalid header"},
	} {
		for _, own := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, own %v", c.name, own), func(t *testing.T) {
				h := newHost(t, map[string][]byte{})
				set, dir := toy(t, h)
				if !own {
					t.Setenv("CURIOUS_DATA", t.TempDir())
					dir = os.Getenv("CURIOUS_DATA") + "/toy"
				}
				os.MkdirAll(dir, 0o755)
				os.WriteFile(filepath.Join(dir, c.file), c.change(bytes.Clone(h.files[c.file])), 0o644)
				err := set.Verify()
				if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "data: reading "+c.file+": it is not the published file: ") {
					t.Errorf("error %v, want %q", err, c.want)
				}
				// Our own cache heals; the reader's folder is the reader's.
				if want := c.file + map[bool]string{true: ".damaged", false: ""}[own]; names(t, dir) != want {
					t.Errorf("the folder holds %q, want %q", names(t, dir), want)
				}
				if own {
					if _, err := set.Get(t.Context(), nil); err != nil {
						t.Error(err)
					}
					if err := set.Verify(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

func TestLookup(t *testing.T) {
	for _, s := range Sets() {
		if got, err := Lookup(s.Name); err != nil || got.Name != s.Name {
			t.Errorf("%s: %v", s.Name, err)
		}
		for _, f := range s.Files {
			if len(f.SHA256) != 64 || len(f.content().SHA256) != 64 || f.Size <= 0 || f.content().Size <= 0 {
				t.Errorf("%s: %s: the sums are incomplete", s.Name, f.Name)
			}
		}
		for _, host := range s.Hosts {
			if !strings.HasSuffix(host, "/") {
				t.Errorf("%s: %s: an address must end in /", s.Name, host)
			}
		}
		if s.Title == "" || s.About == "" || s.Licence == "" {
			t.Errorf("%s: title, description and licence are needed", s.Name)
		}
	}
	if err := Get(t.Context(), "mnits", nil); err == nil || !strings.Contains(err.Error(), "choose one of mnist, binarized-mnist") {
		t.Errorf("error %v", err)
	}
}

// The real files, as the registry describes them.
func TestVerifyReal(t *testing.T) {
	for _, s := range Sets() {
		status, err := s.Status()
		if err != nil {
			t.Fatal(err)
		}
		if !status.Complete() {
			how := fmt.Sprintf("%s is not here: `go run . data get %s`, or point CURIOUS_DATA to a folder that holds it", s.Name, s.Name)
			if os.Getenv("CURIOUS_TEST_FULL") == "1" && os.Getenv("CURIOUS_TEST_NO_DATA") == "" {
				t.Fatal(how)
			}
			t.Skip(how)
		}
		if err := s.Verify(); err != nil {
			t.Error(err)
		}
	}
}

func ExampleBytes() {
	fmt.Println(Bytes(11594722), Bytes(4542))
	// Output: 11.6 MB 4.5 kB
}
