package fetch

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
)

// WriteTo writes the file's content, without gzip, to w, and checks it against its known SHA-256 on the way, whoever zipped it.
// What was written counts only if the error is nil: the sum is known at the end.
func (f Found) WriteTo(w io.Writer) (int64, error) {
	file, err := os.Open(f.Path)
	if err != nil {
		return 0, fmt.Errorf("data: reading %s: %w: make the file readable", f.File.Name, err)
	}
	defer file.Close()

	var src io.Reader = file
	if strings.HasSuffix(f.Path, ".gz") {
		unzip, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<16))
		if err != nil {
			return 0, f.damaged(err)
		}
		src = unzip
	}
	want, sum := f.File.content(), sha256.New()
	n, err := pump(w, src, sum, want.Size)
	if err != nil {
		return n, f.damaged(err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.SHA256 {
		return n, f.damaged(fmt.Errorf("its SHA-256 is %.12s… where %.12s… is expected", got, want.SHA256))
	}
	return n, nil
}

// damaged wraps an error of reading with the remedy. In our own cache it is applied at once.
func (f Found) damaged(err error) error {
	if e := (*writeError)(nil); errors.As(err, &e) {
		return fmt.Errorf("data: reading %s: %w", f.File.Name, e.err)
	}
	remedy := "replace or remove " + f.Path
	if f.Where == cacheName && os.Rename(f.Path, f.Path+".damaged") == nil {
		remedy = fmt.Sprintf("it was put aside as %s.damaged: run this again to fetch it anew", f.Path)
	}
	return fmt.Errorf("data: reading %s: it is not the published file: %w: %s", f.File.Name, err, remedy)
}

// writeError marks an error of the receiving side.
type writeError struct{ err error }

func (e *writeError) Error() string { return e.err.Error() }

// pump copies src to w, at most size bytes, and sums on another core what it copies.
func pump(w io.Writer, src io.Reader, sum hash.Hash, size int64) (int64, error) {
	const chunk = 1 << 18
	var buffers [2][]byte
	for i := range buffers {
		buffers[i] = make([]byte, chunk)
	}
	summed := make(chan struct{}, 1)
	summed <- struct{}{}
	defer func() { <-summed }()
	var total int64
	for k := 0; ; k = 1 - k {
		n, err := fill(src, buffers[k])
		part := buffers[k][:n]
		total += int64(n)
		if total > size {
			return total, fmt.Errorf("it holds more than the %d bytes published", size)
		}
		<-summed
		go func() {
			sum.Write(part)
			summed <- struct{}{}
		}()
		if n > 0 {
			if _, err := w.Write(part); err != nil {
				return total, &writeError{err}
			}
		}
		switch {
		case err == io.EOF:
			if total < size {
				return total, fmt.Errorf("it ends after %d of %d bytes", total, size)
			}
			return total, nil
		case err != nil:
			return total, err
		}
	}
}

// fill reads until buf is full; unlike io.ReadFull it hands on the reader's own error, so that a cut archive differs from an end.
func fill(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}
