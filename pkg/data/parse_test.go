package data

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseIDX(t *testing.T) {
	for _, c := range []struct {
		name string
		file []byte
		want string // part of the error
	}{
		{"good", []byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6}, ""},
		{"empty", nil, "cut off"},
		{"three bytes", []byte{0, 0, 8}, "cut off"},
		{"floats", []byte{0, 0, 13, 1, 0, 0, 0, 1, 7}, "not an IDX file of bytes"},
		{"gzip", []byte{0x1f, 0x8b, 8, 0, 0}, "not an IDX file of bytes"},
		{"no dimensions", []byte{0, 0, 8, 0}, "0 dimensions"},
		{"255 dimensions", []byte{0, 0, 8, 255}, "255 dimensions"},
		{"header cut", []byte{0, 0, 8, 3, 0, 0, 0, 1, 0, 0}, "header ends"},
		{"no images", []byte{0, 0, 8, 1, 0, 0, 0, 0}, "claims size 0"},
		{"huge", []byte{0, 0, 8, 1, 255, 255, 255, 255, 1}, "claims size"},
		{"product overflows", []byte{0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1}, "claims size"},
		{"huge but allowed", []byte{0, 0, 8, 1, 127, 255, 255, 255, 1}, "1 values follow"},
		{"truncated", []byte{0, 0, 8, 1, 0, 0, 0, 3, 1, 2}, "2 values follow"},
		{"trailing", []byte{0, 0, 8, 1, 0, 0, 0, 1, 1, 2}, "2 values follow"},
	} {
		dims, values, err := parseIDX(c.file)
		switch {
		case c.want == "" && (err != nil || len(dims) != 2 || dims[0] != 2 || dims[1] != 3 || !bytes.Equal(values, []byte{1, 2, 3, 4, 5, 6})):
			t.Errorf("%s: %v %v %v", c.name, dims, values, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzParseIDX(f *testing.F) {
	f.Add([]byte{0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6})
	f.Add([]byte{0, 0, 8, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1})
	f.Add([]byte{0, 0, 8, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		dims, values, err := parseIDX(b)
		if err != nil {
			return
		}
		n := 1
		for _, d := range dims {
			n *= d
		}
		if n != len(values) || 4+4*len(dims)+n != len(b) {
			t.Errorf("%v holds %d values in %d bytes", dims, len(values), len(b))
		}
	})
}

// rows parses text of so many columns, given in pieces of a size.
func rows(text []byte, cols, piece int) ([]uint8, error) {
	a := amat{cols: cols}
	for len(text) > 0 {
		n := min(piece, len(text))
		if _, err := a.Write(text[:n]); err != nil {
			return nil, err
		}
		text = text[n:]
	}
	return a.pix, a.close()
}

func TestAmat(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"good", "0 1 0 0 1 1\n1 1 1 1 1 0\n", ""},
		{"empty", "", ""},
		{"a two", "0 1 0 0 1 1\n1 1 2 1 1 0\n", "row 2, value 3"},
		{"a letter at the end", "0 1 0 0 1 x\n", "row 1, value 6"},
		{"short row", "0 1 0 0 1 1\n1 1 1 1 1\n0 ", "row 2, value 5"},
		{"long row", "0 1 0 0 1 1 1\n", "row 1, value 6"},
		{"two spaces", "0  1 0 0 1 1", "row 1, value 2"},
		{"cut off", "0 1 0 0 1 1\n1 1 1", "row 2 ends in the middle"},
		{"no last newline", "0 1 0 0 1 1", "row 1 ends in the middle"},
		{"not text", "\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01\x00\x01", "row 1, value 1"},
	} {
		for piece := 1; piece < 20; piece++ {
			pix, err := rows([]byte(c.text), 6, piece)
			switch {
			case c.want == "" && (err != nil || len(pix) != len(c.text)/2):
				t.Errorf("%s in pieces of %d: %v %v", c.name, piece, pix, err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("%s in pieces of %d: error %v, want %q", c.name, piece, err, c.want)
			}
		}
	}
}

// The fast parser must agree with the obvious one, whatever the text and however it is cut.
func FuzzAmat(f *testing.F) {
	f.Add([]byte("0 1 0 0 1 1\n1 1 1 1 1 0\n"), 6, 5)
	f.Add([]byte("0 1 0 0 1 1 0 1 1\n1 1 1"), 9, 1)
	f.Fuzz(func(t *testing.T, text []byte, cols, piece int) {
		cols, piece = 1+(cols&0x7fffffff)%40, 1+(piece&0x7fffffff)%100
		pix, err := rows(text, cols, piece)
		want, ok := obvious(text, cols)
		if ok != (err == nil) || ok && !bytes.Equal(pix, want) {
			t.Errorf("%d columns, pieces of %d: %q gives %v, %v; want %v, %v", cols, piece, text, pix, err, want, ok)
		}
	})
}

func obvious(text []byte, cols int) (pix []uint8, ok bool) {
	for k, c := range text {
		switch {
		case k%2 == 0 && (c == '0' || c == '1'):
			pix = append(pix, c-'0')
		case k%2 == 1 && k%(2*cols) == 2*cols-1 && c == '\n':
		case k%2 == 1 && k%(2*cols) != 2*cols-1 && c == ' ':
		default:
			return nil, false
		}
	}
	return pix, len(text)%(2*cols) == 0
}
