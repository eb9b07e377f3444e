package data

import "math"

// Roundness is one number for each image that says how the ink lies: 0 for a straight line, 1 for a disc. It is the standard deviation of the ink across its
// longest direction, over that along it. An image without ink has roundness 1.
func (m Images) Roundness() []float64 {
	m = m.Drawn(0)
	out := make([]float64, m.N)
	for i := range out {
		var ink, mx, my, xx, yy, xy float64
		for k, v := range m.At(i) {
			p := k / m.C
			w, x, y := float64(v), float64(p%m.W), float64(p/m.W)
			ink += w
			mx, my = mx+w*x, my+w*y
			xx, yy, xy = xx+w*x*x, yy+w*y*y, xy+w*x*y
		}
		if ink == 0 {
			out[i] = 1
			continue
		}
		mx, my = mx/ink, my/ink
		a, b, c := xx/ink-mx*mx, xy/ink-mx*my, yy/ink-my*my
		// The eigenvalues of the covariance [a b; b c] are mean ± half.
		mean, half := (a+c)/2, math.Hypot((a-c)/2, b)
		if mean <= 0 {
			out[i] = 1 // a single pixel
			continue
		}
		out[i] = math.Sqrt(max(0, mean-half) / (mean + half))
	}
	return out
}

// Ink is how much of each image is drawn, in pixels: the sum of its values, the largest of which counts as 1.
func (m Images) Ink() []float64 {
	m = m.Drawn(0)
	out := make([]float64, m.N)
	for i := range out {
		for _, v := range m.At(i) {
			out[i] += float64(v) / float64(m.Levels-1)
		}
	}
	return out
}
