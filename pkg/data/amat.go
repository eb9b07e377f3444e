package data

import (
	"encoding/binary"
	"fmt"
)

// amat collects the rows of a binarised-MNIST file, text like "0 1 0 … 0\n", as it is written to, in pieces of any size.
type amat struct {
	cols int
	pix  []uint8 // values so far
	rest []byte  // the start of a row whose end has not come
}

func (a *amat) Write(b []byte) (int, error) {
	n := len(b)
	line := 2 * a.cols
	if len(a.rest) > 0 {
		take := min(line-len(a.rest), len(b))
		a.rest = append(a.rest, b[:take]...)
		b = b[take:]
		if len(a.rest) < line {
			return n, nil
		}
		if err := a.row(a.rest); err != nil {
			return 0, err
		}
		a.rest = a.rest[:0]
	}
	for ; len(b) >= line; b = b[line:] {
		if err := a.row(b[:line]); err != nil {
			return 0, err
		}
	}
	a.rest = append(a.rest, b...)
	return n, nil
}

// row takes one row, four values at a time.
func (a *amat) row(b []byte) error {
	const digits = 0x2030_2030_2030_2030 // "0 0 0 0 "
	k := 0
	if b[len(b)-1] != '\n' {
		return a.wrong(b)
	}
	for ; k+8 < len(b); k += 8 {
		x := binary.LittleEndian.Uint64(b[k:]) ^ digits
		if x&^0x0001_0001_0001_0001 != 0 {
			return a.wrong(b)
		}
		a.pix = append(a.pix, uint8(x), uint8(x>>16), uint8(x>>32), uint8(x>>48))
	}
	for ; k < len(b); k += 2 {
		if b[k]&^1 != '0' || b[k+1] != ' ' && k+2 < len(b) {
			return a.wrong(b)
		}
		a.pix = append(a.pix, b[k]&1)
	}
	return nil
}

// wrong says where a row is not what it should be.
func (a *amat) wrong(b []byte) error {
	row := len(a.pix)/a.cols + 1
	for k := 0; k < len(b); k += 2 {
		sep := byte(' ')
		if k+2 == len(b) {
			sep = '\n'
		}
		if b[k]&^1 != '0' || b[k+1] != sep {
			return fmt.Errorf("row %d, value %d: %q where 0 or 1 and %q are expected", row, k/2+1, b[k:k+2], sep)
		}
	}
	return fmt.Errorf("row %d is damaged", row)
}

// close says whether the last row was whole.
func (a *amat) close() error {
	if len(a.rest) > 0 {
		return fmt.Errorf("row %d ends in the middle", len(a.pix)/a.cols+1)
	}
	return nil
}
