package check

import (
	"fmt"
	"strings"

	"github.com/curious-go/curious/pkg/nn"
)

// Mask says which pixels of an image are meant: [H][W], rows from the top.
type Mask [][]bool

// NewMask is an empty mask.
func NewMask(h, w int) Mask {
	m := make(Mask, h)
	for row := range m {
		m[row] = make([]bool, w)
	}
	return m
}

// ParseMask reads a mask drawn in text, a row on each line: "#", "x" or "1" for pixels that are meant, ".", "·", "-", "_" or "0" for others,
// "?" for the pixel that it is about, which is not meant. Spaces and empty lines do not count.
func ParseMask(text string) (Mask, error) {
	var m Mask
	for _, line := range strings.Split(text, "\n") {
		var row []bool
		for _, r := range line {
			switch r {
			case '#', '■', 'x', 'X', '1':
				row = append(row, true)
			case '.', '·', '-', '_', '0', '?':
				row = append(row, false)
			case ' ', '\t', '\r':
			default:
				return nil, fmt.Errorf("check: reading a mask: %q in line %d: draw # for a pixel that is meant and . for one that is not", r, len(m)+1)
			}
		}
		if len(row) == 0 {
			continue
		}
		if len(m) > 0 && len(row) != len(m[0]) {
			return nil, fmt.Errorf("check: reading a mask: row %d has %d pixels, the first has %d", len(m), len(row), len(m[0]))
		}
		m = append(m, row)
	}
	return m, nil
}

// String draws the mask: "■" where a pixel is meant, "·" elsewhere.
func (m Mask) String() string {
	var text strings.Builder
	for i, row := range m {
		if i > 0 {
			text.WriteByte('\n')
		}
		for j, on := range row {
			if j > 0 {
				text.WriteByte(' ')
			}
			if on {
				text.WriteString("■")
			} else {
				text.WriteString("·")
			}
		}
	}
	return text.String()
}

// Count is how many pixels are meant.
func (m Mask) Count() int {
	n := 0
	for _, row := range m {
		for _, on := range row {
			if on {
				n++
			}
		}
	}
	return n
}

// Field says which pixels of an H×W image the prediction of pixel i should see.
type Field func(h, w, i int) Mask

// Before is the field without a blind spot or a limit: all pixels before i in raster order.
func Before(h, w, i int) Mask {
	m := NewMask(h, w)
	for j := range min(i, h*w) {
		m[j/w][j%w] = true
	}
	return m
}

// Reach is the field of convolutions one upon the other, the first layer first, each with its taps and zeros beyond the edge: Reach(nn.MaskA(7), nn.MaskB(3)). A pixel outside the image sees nothing.
func Reach(layers ...nn.Taps) Field {
	return func(h, w, i int) Mask {
		seen := NewMask(h, w)
		if i < 0 || i >= h*w {
			return seen
		}
		seen[i/w][i%w] = true
		for l := len(layers) - 1; l >= 0; l-- {
			below := NewMask(h, w)
			for row := range seen {
				for col, on := range seen[row] {
					for _, tap := range layers[l] {
						if r, c := row+tap.Row, col+tap.Col; on && r >= 0 && r < h && c >= 0 && c < w {
							below[r][c] = true
						}
					}
				}
			}
			seen = below
		}
		return seen
	}
}
