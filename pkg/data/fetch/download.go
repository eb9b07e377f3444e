package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// How long a host may keep us waiting; variables, since tests are less patient.
var (
	connectWait = 3 * time.Second  // so that a machine without network turns to the embedded digits quickly
	answerWait  = 10 * time.Second // for the headers
	stallWait   = 20 * time.Second // for the next bytes
)

// client asks for the bytes as they are: unpacked on the way they could neither be resumed nor checked.
func client() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: connectWait}).DialContext
	transport.TLSHandshakeTimeout = connectWait
	transport.ResponseHeaderTimeout = answerWait
	transport.DisableCompression = true
	return &http.Client{Transport: transport}
}

// download fetches a file into dir: to NAME.part first, which takes its name when its sum is right.
func (s Set) download(ctx context.Context, f File, dir string, progress func(done int64)) error {
	part, err := openPart(filepath.Join(dir, f.Name+".part"), f)
	if err != nil {
		return err
	}
	defer part.close()
	web := client()
	defer web.CloseIdleConnections()

	resumed := part.size > 0
	for {
		if err := s.fill(ctx, web, part, progress); err != nil {
			return err
		}
		got := hex.EncodeToString(part.sum.Sum(nil))
		if got == f.SHA256 {
			return part.publish(filepath.Join(dir, f.Name))
		}
		if !resumed {
			part.remove()
			return fmt.Errorf("%s came with SHA-256 %.12s… where %.12s… is published: the host's file was changed or the connection tampers with it; it was removed: try another network, or CURIOUS_DATA", f.Name, got, f.SHA256)
		}
		// What an earlier attempt left was bad, perhaps by a power cut: once more from the start.
		resumed = false
		if err := part.restart(); err != nil {
			return err
		}
	}
}

// fill appends to part until it has its full size, going from host to host and on after cut connections.
func (s Set) fill(ctx context.Context, web *http.Client, part *part, progress func(int64)) error {
	var last error
	for _, host := range s.Hosts {
		for tries := 0; tries < 3; tries++ {
			before := part.size
			err := part.append(ctx, web, host+part.file.Name, progress)
			if err == nil {
				return nil
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			unreachable := (*Unreachable)(nil)
			if !errors.As(err, &unreachable) {
				return err
			}
			if last == nil {
				last = err
			}
			if timedOut(err) && part.size == before {
				return last // no answer at all: other hosts would only make a reader wait again
			}
			if part.size == before {
				break
			}
		}
	}
	if last == nil {
		last = &Unreachable{Why: "no host is known for " + part.file.Name}
	}
	return last
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// part is a download in progress.
type part struct {
	file File
	out  *os.File
	size int64 // bytes so far
	sum  hash.Hash
}

// openPart takes up what an earlier attempt left.
func openPart(path string, f File) (*part, error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	p := &part{file: f, out: out, sum: sha256.New()}
	p.size, err = io.Copy(p.sum, io.LimitReader(out, f.Size+1))
	if err == nil && p.size > f.Size {
		err = p.restart()
	}
	if err != nil {
		out.Close()
		return nil, err
	}
	return p, nil
}

func (p *part) restart() error {
	p.size = 0
	p.sum.Reset()
	if err := p.out.Truncate(0); err != nil {
		return err
	}
	_, err := p.out.Seek(0, io.SeekStart)
	return err
}

// append asks an address for the bytes that are missing, and writes them.
func (p *part) append(ctx context.Context, web *http.Client, address string, progress func(int64)) error {
	if p.size == p.file.Size {
		return nil
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	request.Header.Set("User-Agent", "curious (https://github.com/curious-go/curious)")
	if p.size > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.size))
	}
	host := request.URL.Host
	answer, err := web.Do(request)
	if err != nil {
		return offline(host, err)
	}
	defer answer.Body.Close()

	switch {
	case strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html"):
		return &Unreachable{Why: host + " answers with a web page in place of the data"} // a hotel's sign-in page, often
	case answer.StatusCode == http.StatusOK:
		if err := p.restart(); err != nil {
			return err
		}
	case answer.StatusCode == http.StatusPartialContent && strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", p.size)):
	case answer.StatusCode == http.StatusPartialContent, answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		if err := p.restart(); err != nil {
			return err
		}
		return &Unreachable{Why: host + " cannot go on with a broken-off download"}
	default:
		return &Unreachable{Why: fmt.Sprintf("%s answers %q", host, answer.Status)}
	}

	stalled := &Unreachable{Why: fmt.Sprintf("%s sent nothing for %v", host, stallWait)}
	watch := time.AfterFunc(stallWait, func() { stop(stalled) })
	defer watch.Stop()
	buf := make([]byte, 1<<16)
	for {
		n, readErr := answer.Body.Read(buf)
		watch.Reset(stallWait)
		if p.size+int64(n) > p.file.Size {
			p.remove()
			return fmt.Errorf("%s sends more than the %d bytes of %s that are published: the file was changed there: try another network, or CURIOUS_DATA", host, p.file.Size, p.file.Name)
		}
		if _, err := p.out.Write(buf[:n]); err != nil {
			if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
				p.remove() // gives the disk its room back
			}
			return err
		}
		p.sum.Write(buf[:n])
		p.size += int64(n)
		progress(p.size)
		switch {
		case readErr == io.EOF && p.size == p.file.Size:
			return nil
		case context.Cause(ctx) == error(stalled):
			return stalled
		case readErr == io.EOF:
			return offline(host, io.ErrUnexpectedEOF)
		case readErr != nil:
			return offline(host, readErr)
		}
	}
}

// offline wraps an error of the network.
func offline(host string, err error) error {
	var address *url.Error
	if errors.As(err, &address) {
		err = address.Err // without the address, which the host names well enough
	}
	why := "the connection to " + host + " failed"
	switch {
	case timedOut(err):
		why = host + " does not answer"
	case errors.Is(err, io.ErrUnexpectedEOF):
		why = "the connection to " + host + " broke off"
	}
	return &Unreachable{Why: why, Err: err}
}

// publish gives a checked download its name.
func (p *part) publish(path string) error {
	if err := p.out.Sync(); err != nil {
		return err
	}
	return os.Rename(p.out.Name(), path)
}

func (p *part) remove() { _ = os.Remove(p.out.Name()) }

func (p *part) close() {
	p.out.Close()
	if p.size == 0 {
		p.remove() // nothing came: leave nothing
	}
}
