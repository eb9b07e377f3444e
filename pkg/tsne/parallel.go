package tsne

import (
	"context"
	"sync"
	"sync/atomic"
)

// chunk is how many points a goroutine takes at a time. It is fixed, so that sums taken chunk by chunk do not depend on the number of workers.
const chunk = 256

// pool runs loops over points on a number of goroutines.
type pool struct {
	ctx     context.Context
	workers int
}

// run calls f(worker, i) once for each i in [0,n), worker in [0,p.workers), in no fixed order. It stops early when the context ends.
func (p pool) run(n int, f func(worker, i int)) {
	if p.workers == 1 || n == 1 {
		for i := 0; i < n && p.ctx.Err() == nil; i++ {
			f(0, i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for w := range min(p.workers, n) {
		wg.Go(func() {
			for p.ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				f(w, i)
			}
		})
	}
	wg.Wait()
}

// chunks calls f(worker, lo, hi) for consecutive ranges that cover [0,n).
func (p pool) chunks(n int, f func(worker, lo, hi int)) {
	p.run((n+chunk-1)/chunk, func(w, c int) { f(w, c*chunk, min(n, (c+1)*chunk)) })
}

// sum adds what f returns for consecutive ranges that cover [0,n), always in the same order.
func (p pool) sum(n int, f func(lo, hi int) float64) float64 {
	parts := make([]float64, (n+chunk-1)/chunk)
	p.chunks(n, func(_, lo, hi int) { parts[lo/chunk] = f(lo, hi) })
	total := 0.0
	for _, v := range parts {
		total += v
	}
	return total
}
