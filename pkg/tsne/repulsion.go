package tsne

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
)

// The repulsive part of the gradient needs, at every point,
//
//	φ(y) = Σ_j K(|y−y_j|²),  K(r²) = 1/(1+r²),   since   Σ_j (y−y_j)/(1+|y−y_j|²)² = −½∇φ(y)   and   Z = Σ_i φ(y_i) − n.
//
// One scalar potential gives both, in O(n + M² log M) for M×M nodes: points are spread on a grid with cubic B-splines, the grid is
// convolved with K by FFT, and potential and gradient are read back through the same splines. This is the interpolation of
// Linderman et al. 2019 with the splines of particle-mesh methods (Essmann et al. 1995, https://doi.org/10.1063/1.470117): their three
// or four convolutions become one.
//
// K is sharp near zero and long-ranged, so one grid would have to be fine and, to keep its periodic images apart, twice as wide as the
// picture. As in Ewald's sum K is split into two parts, each cheap on its own grid:
//
//	K = e^{−T(1+r²)}·K   short: a fine grid, whose images need only a margin
//	  + (1−e^{−T(1+r²)})·K   smooth: a coarse grid, twice as wide as the picture
const (
	splitT     = 0.1 // T
	nearH      = 0.4 // node spacing of the fine grid: forces within about 1 %, where Barnes–Hut at the usual angle of 0.5 is within 3 %; Z within 0.1 %
	nearMargin = 8.0 // e^{−T·8²} = 0.2 %
	farH       = 2.4
	maxNodes   = 1500 // widest grid; a picture wider than this many spacings gets a coarser one
	band       = 4    // rows of nodes that one goroutine fills; a spline reaches 3 rows beyond its own
)

func nearKernel(r2 float64) float64 { return math.Exp(-splitT*(1+r2)) / (1 + r2) }
func farKernel(r2 float64) float64  { return -math.Expm1(-splitT*(1+r2)) / (1 + r2) }

// repulsion holds the two grids.
type repulsion struct {
	pool      pool
	near, far mesh
	order     []int32
}

func newRepulsion(p pool, n int) *repulsion {
	return &repulsion{
		pool:  p,
		near:  mesh{kernel: nearKernel, spacing: nearH, nodes: 48, margin: nearMargin},
		far:   mesh{kernel: farKernel, spacing: farH, nodes: 24, margin: math.Inf(1)},
		order: make([]int32, n),
	}
}

// at writes −½∇φ at each of the n points y [n×2] to force [n×2] and returns Z.
func (r *repulsion) at(y, force []float64) (z float64) {
	n := len(y) / 2
	lo, hi := [2]float64{y[0], y[1]}, [2]float64{y[0], y[1]}
	for i := 0; i < 2*n; i += 2 {
		lo[0], hi[0] = min(lo[0], y[i]), max(hi[0], y[i])
		lo[1], hi[1] = min(lo[1], y[i+1]), max(hi[1], y[i+1])
	}
	if width := max(hi[0]-lo[0], hi[1]-lo[1]); math.IsNaN(width) || math.IsInf(width, 1) {
		return math.NaN()
	}
	clear(force)
	for _, m := range []*mesh{&r.near, &r.far} {
		m.place(r.pool, lo, hi)
		m.spread(r.pool, y, r.order)
		m.convolve(r.pool)
		z += m.gather(r.pool, y, force) - float64(n)*m.self
	}
	return z
}

// exactRepulsion is the same by the double sum, O(n²): for few points, and to check the grids by.
func exactRepulsion(p pool, y, force []float64) (z float64) {
	n := len(y) / 2
	return p.sum(n, func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			xi, yi := y[2*i], y[2*i+1]
			var fx, fy float64
			for j := 0; j < 2*n; j += 2 {
				dx, dy := xi-y[j], yi-y[j+1]
				q := 1 / (1 + dx*dx + dy*dy)
				sum += q
				fx += q * q * dx
				fy += q * q * dy
			}
			force[2*i], force[2*i+1] = fx, fy
			sum-- // j = i
		}
		return sum
	})
}

// mesh is one periodic grid of m×m nodes and its convolution with a kernel.
type mesh struct {
	kernel  func(r2 float64) float64
	spacing float64 // of the nodes, unless the picture is small or very wide
	nodes   float64 // so many at least across the picture
	margin  float64 // free space between periodic images; infinite: as wide as the picture

	m      int        // nodes a side
	used   int        // nodes a side that points can reach
	h      float64    // node spacing
	origin [2]float64 // where node 0 is
	grid   []float64  // [m×m] charges, then potential
	spec   []complex128
	hat    []float64 // [m×(m/2+1)] transform of the kernel, over that of both splines, over m²
	self   float64   // potential of a point at its own place, on average over places in a cell
	plans  []plan    // one a worker
}

// plan holds what one goroutine needs for transforms of length m.
type plan struct {
	row *fourier.FFT
	col *fourier.CmplxFFT
	buf [4][]complex128
}

// place lays the grid over the box from lo to hi and, if its size changed, prepares the transforms.
func (g *mesh) place(p pool, lo, hi [2]float64) {
	width := max(hi[0]-lo[0], hi[1]-lo[1])
	h := max(g.spacing, width/maxNodes)
	for h > g.spacing/8 && width < g.nodes*h { // a small picture lies at the kernel's tip, which takes more nodes to follow
		h /= 2
	}
	used := int(width/h) + 5                                                  // the last cell's spline reaches 3 nodes on, and one more for rounding
	m := smooth(max(used+int(min(math.Ceil(g.margin/h), float64(used))), 48)) // twice as wide as the picture is always enough
	g.used = used
	for k := range g.origin {
		g.origin[k] = (lo[k]+hi[k]-width)/2 - h/2
	}
	if m == g.m && h == g.h {
		return
	}
	g.m, g.h = m, h
	half := m/2 + 1
	g.grid = resize(g.grid, m*m)
	g.hat = resize(g.hat, m*half)
	g.spec = resize(g.spec, m*half)
	g.plans = make([]plan, p.workers)
	for w := range g.plans {
		g.plans[w] = plan{row: fourier.NewFFT(m), col: fourier.NewCmplxFFT(m)}
		for k := range g.plans[w].buf {
			g.plans[w].buf[k] = make([]complex128, m)
		}
	}
	g.transformKernel(p)
}

// transformKernel fills hat.
func (g *mesh) transformKernel(p pool) {
	m, half := g.m, g.m/2+1
	spline := make([]float64, m) // transform of the cubic B-spline at the nodes: 1/6, 4/6, 1/6
	for k := range spline {
		spline[k] = (2 + math.Cos(2*math.Pi*float64(k)/float64(m))) / 3
	}
	p.run(half, func(w, r int) { // the kernel is even: row r and row m−r are the same
		row := g.grid[r*m : (r+1)*m]
		for c := range half {
			v := g.kernel(g.h * g.h * float64(r*r+c*c))
			row[c], row[(m-c)%m] = v, v
		}
		g.plans[w].row.Coefficients(g.spec[r*half:(r+1)*half], row)
	})
	p.run(half, func(w, c int) {
		buf := g.plans[w].buf[0]
		for r := range half {
			v := g.spec[r*half+c]
			buf[r], buf[(m-r)%m] = v, v
		}
		g.plans[w].col.Coefficients(buf, buf)
		for r := range m {
			b := spline[r] * spline[c]
			g.hat[r*half+c] = real(buf[r]) / (b * b * float64(m) * float64(m))
		}
	})
	// Spline times spline, averaged over the cell, is the B-spline of degree 7: 2416/5040 at its own node, then 1191/5040, 120/5040, 1/5040.
	twice := make([]float64, m)
	for k := range twice {
		a := 2 * math.Pi * float64(k) / float64(m)
		twice[k] = (2416 + 2*(1191*math.Cos(a)+120*math.Cos(2*a)+math.Cos(3*a))) / 5040
	}
	g.self = 0
	for r := range m {
		for c := range m {
			g.self += g.hat[r*half+min(c, m-c)] * twice[r] * twice[c]
		}
	}
}

// cell is the first of the four nodes that coordinate x, axis k, touches, and the distance into the cell, in [0,1).
func (g *mesh) cell(x float64, k int) (int, float64) {
	t := (x - g.origin[k]) / g.h
	i := int(t)
	return i, t - float64(i)
}

// weights are the four cubic B-splines at distance u into a cell.
func weights(u float64) [4]float64 {
	v := 1 - u
	return [4]float64{v * v * v / 6, (4 + u*u*(3*u-6)) / 6, (4 + v*v*(3*v-6)) / 6, u * u * u / 6}
}

// slopes are their derivatives.
func slopes(u float64) [4]float64 {
	v := 1 - u
	return [4]float64{-v * v / 2, u * (3*u - 4) / 2, -v * (3*v - 4) / 2, u * u / 2}
}

// spread adds a unit charge for each point. Bands of rows are filled side by side, first the even ones and then the odd, so that
// no two goroutines meet and each node always adds in the same order.
func (g *mesh) spread(p pool, y []float64, order []int32) {
	bands := (g.used + band - 1) / band
	start := make([]int32, bands+2)
	n := len(y) / 2
	of := func(i int) int { r, _ := g.cell(y[2*i+1], 1); return r / band }
	for i := range n {
		start[of(i)+2]++
	}
	for b := 2; b < len(start); b++ {
		start[b] += start[b-1]
	}
	for i := range n {
		b := of(i) + 1
		order[start[b]] = int32(i)
		start[b]++
	}
	clear(g.grid[:min(g.used+band, g.m)*g.m])
	for parity := range 2 {
		p.run((bands+1-parity)/2, func(_, k int) {
			b := 2*k + parity
			for _, i := range order[start[b]:start[b+1]] {
				c, u := g.cell(y[2*i], 0)
				r, v := g.cell(y[2*i+1], 1)
				wx, wy := weights(u), weights(v)
				for k, w := range wy {
					row := g.grid[(r+k)*g.m+c:][:4]
					row[0] += w * wx[0]
					row[1] += w * wx[1]
					row[2] += w * wx[2]
					row[3] += w * wx[3]
				}
			}
		})
	}
}

// convolve turns charges into potential. Rows that no point reaches are neither transformed nor read back.
func (g *mesh) convolve(p pool) {
	m, half := g.m, g.m/2+1
	p.run(g.used, func(w, r int) {
		g.plans[w].row.Coefficients(g.spec[r*half:(r+1)*half], g.grid[r*m:(r+1)*m])
	})
	p.run((half+3)/4, func(w, k int) { // four columns at a time: one cache line of each row
		first, last := 4*k, min(half, 4*k+4)
		pl := &g.plans[w]
		for c := first; c < last; c++ {
			clear(pl.buf[c-first][g.used:])
		}
		for r := range g.used {
			for c, v := range g.spec[r*half+first : r*half+last] {
				pl.buf[c][r] = v
			}
		}
		for c := first; c < last; c++ {
			buf := pl.buf[c-first]
			pl.col.Coefficients(buf, buf)
			for r := range buf {
				s := g.hat[r*half+c]
				buf[r] = complex(real(buf[r])*s, imag(buf[r])*s)
			}
			pl.col.Sequence(buf, buf)
		}
		for r := range g.used {
			row := g.spec[r*half+first : r*half+last]
			for c := range row {
				row[c] = pl.buf[c][r]
			}
		}
	})
	p.run(g.used, func(w, r int) {
		g.plans[w].row.Sequence(g.grid[r*m:(r+1)*m], g.spec[r*half:(r+1)*half])
	})
}

// gather adds −½∇φ at each point to force and returns Σφ.
func (g *mesh) gather(p pool, y, force []float64) float64 {
	scale := -0.5 / g.h
	return p.sum(len(y)/2, func(lo, hi int) float64 {
		sum := 0.0
		for i := lo; i < hi; i++ {
			c, u := g.cell(y[2*i], 0)
			r, v := g.cell(y[2*i+1], 1)
			wx, wy, sx, sy := weights(u), weights(v), slopes(u), slopes(v)
			var phi, dx, dy float64
			for k := range 4 {
				row := g.grid[(r+k)*g.m+c:][:4]
				a := row[0]*wx[0] + row[1]*wx[1] + row[2]*wx[2] + row[3]*wx[3]
				b := row[0]*sx[0] + row[1]*sx[1] + row[2]*sx[2] + row[3]*sx[3]
				phi += wy[k] * a
				dx += wy[k] * b
				dy += sy[k] * a
			}
			sum += phi
			force[2*i] += scale * dx
			force[2*i+1] += scale * dy
		}
		return sum
	})
}

// smooth is the smallest even number from n on that has no prime factor over 5: its transform is fast.
func smooth(n int) int {
	for n += n % 2; ; n += 2 {
		k := n
		for _, f := range []int{2, 3, 5} {
			for k%f == 0 {
				k /= f
			}
		}
		if k == 1 {
			return n
		}
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
}
