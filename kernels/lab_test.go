package kernels

import (
	"context"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestFreePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	if port, err := freePort("127.0.0.1", taken); err != nil || port <= taken {
		t.Errorf("freePort beside %d = %d, %v", taken, port, err)
	}
	_, err = freePort("127.0.0.1", 70000)
	wantWords(t, err, "70000", "choose")
	_, err = freePort("no.such.host.invalid", 8888)
	wantWords(t, err, "--ip")
}

func TestTwoLabs(t *testing.T) {
	e := full(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	port, err := freePort("127.0.0.1", 18888)
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`http://\S+`)
	open := func() (string, chan error) {
		r, w := io.Pipe()
		ended := make(chan error, 1)
		go func() {
			ended <- e.Lab(ctx, Lab{Port: port, IP: "127.0.0.1", Out: w})
			w.Close()
		}()
		found := make(chan string, 1)
		go func() {
			var said strings.Builder
			buf := make([]byte, 1024)
			for {
				n, err := r.Read(buf)
				said.Write(buf[:n])
				if url := address.FindString(said.String()); url != "" && len(found) == 0 && strings.Contains(said.String(), "Ctrl-C") {
					found <- url
				}
				if err != nil {
					return
				}
			}
		}()
		select {
		case url := <-found:
			return url, ended
		case err := <-ended:
			t.Fatalf("JupyterLab ended: %v", err)
		case <-time.After(time.Minute):
			t.Fatal("JupyterLab does not answer")
		}
		return "", nil
	}
	first, firstEnded := open()
	second, secondEnded := open()
	if first == second {
		t.Errorf("both say %s", first)
	}
	for _, url := range []string{first, second} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, resp.Status)
		}
		if resp, err = http.Get(regexp.MustCompile(`lab.*\?token=.*`).ReplaceAllString(url, "api/contents")); err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("without the token: %s", resp.Status)
			}
		}
	}
	cancel()
	for _, ended := range []chan error{firstEnded, secondEnded} {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(30 * time.Second):
			t.Fatal("JupyterLab does not end")
		}
	}
}
