package tsne

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// PCA projects n points of width d, row after row in x, on their first k principal components: it returns n×k coordinates, centred, the axis
// of most variance first. Components that the data do not have are zero. The sign of each axis makes its largest loading positive, so that the same
// data always give the same picture.
//
// Up to 1024 columns it is exact, from the eigenvectors of the covariance. Wider data take a randomised range finder with power iterations (Halko,
// Martinsson and Tropp 2011, https://arxiv.org/abs/0909.4061).
func PCA(x []float32, n, d, k int) ([]float32, error) {
	if err := checkInput(x, n, d, 1); err != nil {
		return nil, fmt.Errorf("tsne: principal components: %w", err)
	}
	if k < 1 || k > d {
		return nil, fmt.Errorf("tsne: principal components: %d asked for, the data have %d columns: ask for 1 to %d", k, d, d)
	}
	z, scale := components(pool{context.Background(), runtime.GOMAXPROCS(0)}, x, n, d, k)
	for i := range z {
		v := float64(z[i]) * scale
		if math.Abs(v) > math.MaxFloat32 {
			return nil, fmt.Errorf("tsne: principal components: a coordinate is beyond float32: scale the data down")
		}
		z[i] = float32(v)
	}
	return z, nil
}

// exactWidth is the most columns whose covariance is decomposed whole.
const exactWidth = 1024

// components returns the principal coordinates divided by scale, the root mean square distance from the centre: so they neither
// overflow nor vanish. The result is nil when the context ended.
func components(p pool, x []float32, n, d, k int) (z []float32, scale float64) {
	mean := make([]float64, d)
	for i := range n {
		for c, v := range x[i*d:][:d] {
			mean[c] += float64(v)
		}
	}
	for c := range mean {
		mean[c] /= float64(n)
	}
	variance := make([]float64, d)
	for i := range n {
		for c, v := range x[i*d:][:d] {
			e := float64(v) - mean[c]
			variance[c] += e * e
		}
	}
	for _, v := range variance {
		scale += v
	}
	scale = math.Sqrt(scale / float64(n))
	if scale == 0 {
		return make([]float32, n*k), 0
	}
	var axes blas64.General // [d×k]
	if d <= exactWidth {
		axes = exactAxes(p, x, n, d, k, mean, variance, scale)
	} else {
		axes = rangeAxes(p, x, n, d, k, mean, scale)
	}
	if p.ctx.Err() != nil {
		return nil, 0
	}
	orient(axes)
	z = make([]float32, n*k)
	project(p, x, n, d, mean, scale, axes, func(lo int, block blas64.General) {
		for i, v := range block.Data {
			z[lo*k+i] = float32(v)
		}
	})
	return z, scale
}

// exactAxes are the k leading eigenvectors of the covariance.
func exactAxes(p pool, x []float32, n, d, k int, mean, variance []float64, scale float64) blas64.General {
	// Pixels are mostly zero: where the mean is small beside the spread, the second moment is summed before centring, so that zeros can be skipped.
	shift := make([]float64, d)
	for c := range shift {
		if mean[c]*mean[c] > 100*variance[c]/float64(n) {
			shift[c] = mean[c]
		}
	}
	cov := make([]float64, d*d)
	const strip = 16 // rows of the covariance that one goroutine fills
	p.run((d+strip-1)/strip, func(_, s int) {
		lo, hi := s*strip, min(d, (s+1)*strip)
		row := make([]float64, d-lo)
		for i := range n {
			some := false
			src := x[i*d+lo:][:d-lo]
			for c, v := range src[:hi-lo] {
				row[c] = (float64(v) - shift[lo+c]) / scale
				some = some || row[c] != 0
			}
			if !some {
				continue
			}
			for c := hi - lo; c < len(row); c++ {
				row[c] = (float64(src[c]) - shift[lo+c]) / scale
			}
			for a, v := range row[:hi-lo] {
				if v == 0 {
					continue
				}
				dst := cov[(lo+a)*d+lo+a:][:d-lo-a]
				for b, w := range row[a:] {
					dst[b] += v * w
				}
			}
		}
	})
	if p.ctx.Err() != nil {
		return blas64.General{}
	}
	for a := range d {
		for b := a; b < d; b++ {
			cov[a*d+b] = cov[a*d+b]/float64(n) - (mean[a]-shift[a])/scale*((mean[b]-shift[b])/scale)
		}
	}
	return leading(mat.NewSymDense(d, cov), k)
}

// leading are the eigenvectors of the k largest eigenvalues, as columns.
func leading(sym *mat.SymDense, k int) blas64.General {
	d := sym.SymmetricDim()
	axes := dense(d, k)
	var eig mat.EigenSym
	if !eig.Factorize(sym, true) { // not seen with finite numbers; the columns as they are still serve
		for c := range k {
			axes.Data[c*k+c] = 1
		}
		return axes
	}
	var vectors mat.Dense
	eig.VectorsTo(&vectors)
	for r := range d {
		for c := range k {
			axes.Data[r*k+c] = vectors.At(r, d-1-c) // eigenvalues rise
		}
	}
	return axes
}

// rangeAxes are nearly the k leading right singular vectors of the centred data.
func rangeAxes(p pool, x []float32, n, d, k int, mean []float64, scale float64) blas64.General {
	const oversample, powers = 10, 5
	width := min(k+oversample, n, d)
	rng := rand.New(rand.NewPCG(1, 2)) // a fixed stream: PCA is a function of its data
	q := dense(d, width)
	for i := range q.Data {
		q.Data[i] = rng.NormFloat64()
	}
	xq := dense(n, width)
	multiply := func() {
		project(p, x, n, d, mean, scale, q, func(lo int, block blas64.General) { copy(xq.Data[lo*width:], block.Data) })
	}
	block := dense(chunk, d)
	for range powers { // q ← orthonormal basis of XᵀXq
		multiply()
		clear(q.Data)
		for lo := 0; lo < n && p.ctx.Err() == nil; lo += chunk {
			rows := min(chunk, n-lo)
			centre(block.Data, x[lo*d:(lo+rows)*d], d, mean, scale)
			block.Rows = rows
			part := blas64.General{Rows: rows, Cols: width, Stride: width, Data: xq.Data[lo*width : (lo+rows)*width]}
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, block, part, 1, q)
		}
		orthonormalise(q)
	}
	multiply()
	if p.ctx.Err() != nil {
		return blas64.General{}
	}
	inner := dense(width, width)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, xq, xq, 0, inner)
	axes := dense(d, k)
	turn := leading(mat.NewSymDense(width, inner.Data), min(k, width))
	out := axes
	out.Cols = turn.Cols
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, q, turn, 0, out)
	return axes
}

func dense(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: cols, Data: make([]float64, rows*cols)}
}

// orthonormalise makes the columns of q orthonormal by Gram and Schmidt, twice over; a column that depends on those before it becomes zero.
func orthonormalise(q blas64.General) {
	for c := range q.Cols {
		col := blas64.Vector{N: q.Rows, Inc: q.Stride, Data: q.Data[c:]}
		before := blas64.Nrm2(col)
		for range 2 {
			for e := range c {
				other := blas64.Vector{N: q.Rows, Inc: q.Stride, Data: q.Data[e:]}
				blas64.Axpy(-blas64.Dot(other, col), other, col)
			}
		}
		if norm := blas64.Nrm2(col); norm > 1e-10*before {
			blas64.Scal(1/norm, col)
		} else {
			blas64.Scal(0, col)
		}
	}
}

// orient makes the largest loading of each axis positive.
func orient(axes blas64.General) {
	for c := range axes.Cols {
		big := 0.0
		for r := range axes.Rows {
			if v := axes.Data[r*axes.Stride+c]; math.Abs(v) > math.Abs(big) {
				big = v
			}
		}
		if big < 0 {
			for r := range axes.Rows {
				axes.Data[r*axes.Stride+c] *= -1
			}
		}
	}
}

// project hands (X − mean)/scale · axes to each, a block of rows at a time, on several goroutines.
func project(p pool, x []float32, n, d int, mean []float64, scale float64, axes blas64.General, each func(lo int, block blas64.General)) {
	p.chunks(n, func(_, lo, hi int) {
		rows := hi - lo
		block := dense(rows, d)
		centre(block.Data, x[lo*d:hi*d], d, mean, scale)
		out := dense(rows, axes.Cols)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, block, axes, 0, out)
		each(lo, out)
	})
}

// centre writes (rows − mean)/scale to dst.
func centre(dst []float64, rows []float32, d int, mean []float64, scale float64) {
	for i, v := range rows {
		dst[i] = (float64(v) - mean[i%d]) / scale
	}
}
