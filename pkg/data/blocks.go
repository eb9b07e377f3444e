package data

import "runtime"

// Blocks14 halves height and width by 2×2 blocks: a binary block is on if two or more of its four pixels are on; a grey one is the mean.
// Of pixels that are still to be drawn (Bernoulli) it is the chance that two or more are on, which is the same as drawing first.
// An odd last row or column is left out.
func (m Images) Blocks14() Images {
	half := m
	half.H, half.W = m.H/2, m.W/2
	half.Pix = make([]uint8, m.N*half.size())
	workers := runtime.GOMAXPROCS(0)
	_ = together(workers, func(k int) error {
		for i := m.N * k / workers; i < m.N*(k+1)/workers; i++ {
			m.halve(m.At(i), half.At(i))
		}
		return nil
	})
	return half
}

// halve writes the blocks of one image to out.
func (m Images) halve(in, out []uint8) {
	k, row, c := 0, m.W*m.C, m.C
	for y := 0; y+1 < m.H; y += 2 {
		upper, lower := in[y*row:(y+1)*row], in[(y+1)*row:(y+2)*row]
		for x := 0; x+2*c <= row; x += 2 * c {
			for at := x; at < x+c; at++ {
				p, q, r, s := upper[at], upper[at+c], lower[at], lower[at+c]
				if m.Bernoulli {
					out[k] = chanceOfTwo(p, q, r, s)
				} else {
					// The rounded mean of four bytes, and of four bits whether two are on.
					out[k] = uint8((int(p) + int(q) + int(r) + int(s) + 2) >> 2)
				}
				k++
			}
		}
	}
}

// chanceOfTwo is the chance, of 255, that of four pixels with these chances two or more are on.
func chanceOfTwo(a, b, c, d uint8) uint8 {
	if a|b|c|d == 0 {
		return 0
	}
	none, one := 1.0, 0.0
	for _, v := range [4]uint8{a, b, c, d} {
		p := float64(v) / 255
		none, one = none*(1-p), one*(1-p)+none*p
	}
	return uint8((1-none-one)*255 + 0.5)
}
