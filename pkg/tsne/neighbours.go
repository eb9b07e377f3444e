package tsne

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// neighbour is a point and its squared distance from another.
type neighbour struct {
	id int32
	d2 float32
}

// heap holds the nearest neighbours seen so far, the farthest of them first.
type heap []neighbour

// offer takes the place of the farthest, when nearer.
func (h heap) offer(id int32, d2 float32) {
	if d2 >= h[0].d2 {
		return
	}
	i := 0
	for {
		c := 2*i + 1
		if c >= len(h) {
			break
		}
		if c+1 < len(h) && h[c+1].d2 > h[c].d2 {
			c++
		}
		if h[c].d2 <= d2 {
			break
		}
		h[i] = h[c]
		i = c
	}
	h[i] = neighbour{id, d2}
}

// points are n vectors of width d, the axes in order of falling variance, so that a sum of squares soon tells that two are far apart.
type points struct {
	x    []float32
	n, d int
}

func (p points) at(i int32) []float32 { return p.x[int(i)*p.d:][:p.d] }

// dist2 is the squared distance, or anything from bound on when it is not under bound.
func dist2(a, b []float32, bound float32) float32 {
	b = b[:len(a)]
	sum := float32(0)
	for len(a) >= 4 && len(b) >= 4 {
		e, f, g, h := a[0]-b[0], a[1]-b[1], a[2]-b[2], a[3]-b[3]
		sum += e*e + f*f + (g*g + h*h)
		if sum >= bound {
			return sum
		}
		a, b = a[4:], b[4:]
	}
	for i, v := range a {
		e := v - b[i]
		sum += e * e
	}
	return sum
}

// exactLimit is the number of points up to which all neighbours are found exactly.
const exactLimit = 12_000

// nearest finds k neighbours of each point, itself left out, nearest first, ties by number: exactly for few points, else nearly all of them.
func nearest(p pool, x points, k int, seed uint64) []neighbour {
	near := make([]neighbour, x.n*k)
	for i := range near {
		near[i] = neighbour{-1, math.MaxFloat32}
	}
	if x.n <= exactLimit {
		sweep(p, x, k, near)
	} else {
		forest(p, x, k, near, seed)
	}
	p.chunks(x.n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			sortNear(near[i*k : (i+1)*k])
		}
	})
	return near
}

func sortNear(h []neighbour) {
	slices.SortFunc(h, func(a, b neighbour) int {
		if c := cmp.Compare(a.d2, b.d2); c != 0 {
			return c
		}
		return cmp.Compare(a.id, b.id)
	})
}

// sweep walks from each point both ways along the first axis until that axis alone is farther than the farthest neighbour.
func sweep(p pool, x points, k int, near []neighbour) {
	order := make([]int32, x.n)
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(x.at(a)[0], x.at(b)[0]) })
	sorted := make([]float32, 0, len(x.x))
	for _, i := range order {
		sorted = append(sorted, x.at(i)...)
	}
	s := points{sorted, x.n, x.d}
	p.chunks(x.n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			self := s.at(int32(i))
			h := heap(near[int(order[i])*k:][:k])
			try := func(j int) bool {
				other := s.at(int32(j))
				if gap := other[0] - self[0]; gap*gap >= h[0].d2 {
					return false
				}
				h.offer(order[j], dist2(self, other, h[0].d2))
				return true
			}
			for l, r := i-1, i+1; l >= 0 || r < x.n; l, r = l-1, r+1 {
				if l >= 0 && !try(l) {
					l = -1
				}
				if r < x.n && !try(r) {
					r = x.n
				}
			}
		}
	})
}

const (
	trees     = 6  // random projection trees
	leafSize  = 96 // points in a leaf at most, or the number of neighbours wanted if that is more
	rounds    = 2  // of asking neighbours for their neighbours
	askFirst  = 24 // how many of the nearest neighbours are asked, and for how many of theirs
	unvisited = -1
)

// forest looks among the points that share a leaf of random projection trees (Dasgupta and Freund 2008,
// https://doi.org/10.1145/1374376.1374452) and then, as the neighbours of neighbours are likely neighbours, among those (Dong et al.
// 2011, https://doi.org/10.1145/1963405.1963487). Each round reads what the last one wrote, so that the order of work does not matter.
func forest(p pool, x points, k int, near []neighbour, seed uint64) {
	marks := make([][]int32, p.workers) // marks[worker][j] = i: point j was already offered to i
	for w := range marks {
		marks[w] = make([]int32, x.n)
	}
	leaves := make([][][]int32, trees)
	p.run(trees, func(_, t int) {
		order := make([]int32, x.n)
		for i := range order {
			order[i] = int32(i)
		}
		leaves[t] = grow(x, order, rand.New(rand.NewPCG(seed, uint64(t))), max(leafSize, k), nil)
	})
	if p.ctx.Err() != nil {
		return
	}
	leafOf := make([][][]int32, trees) // leafOf[tree][point]
	p.run(trees, func(_, t int) {
		leafOf[t] = make([][]int32, x.n)
		for _, leaf := range leaves[t] {
			for _, i := range leaf {
				leafOf[t][i] = leaf
			}
		}
	})
	reset := func() {
		for _, m := range marks {
			for i := range m {
				m[i] = unvisited
			}
		}
	}
	reset()
	p.chunks(x.n, func(w, lo, hi int) {
		for i := int32(lo); i < int32(hi); i++ {
			h, self, mark := heap(near[int(i)*k:][:k]), x.at(i), marks[w]
			mark[i] = i
			for t := range trees {
				for _, j := range leafOf[t][i] {
					if mark[j] != i {
						mark[j] = i
						h.offer(j, dist2(self, x.at(j), h[0].d2))
					}
				}
			}
		}
	})
	for range rounds {
		ask := asked(p, x.n, k, near)
		reset()
		p.chunks(x.n, func(w, lo, hi int) {
			for i := int32(lo); i < int32(hi); i++ {
				h, self, mark := heap(near[int(i)*k:][:k]), x.at(i), marks[w]
				mark[i] = i
				for _, nb := range h {
					if nb.id >= 0 {
						mark[nb.id] = i
					}
				}
				for _, a := range ask[i] {
					for _, j := range ask[a] {
						if mark[j] != i {
							mark[j] = i
							h.offer(j, dist2(self, x.at(j), h[0].d2))
						}
					}
				}
			}
		})
	}
}

// asked lists for each point its nearest neighbours, and points of which it is one.
func asked(p pool, n, k int, near []neighbour) [][]int32 {
	few := min(askFirst, k)
	ask := make([][]int32, n)
	p.chunks(n, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			h := near[i*k : (i+1)*k]
			sortNear(h)
			slices.Reverse(h) // farthest first: still a heap
			ask[i] = make([]int32, 0, 2*few)
			for j := k - 1; j >= k-few && h[j].id >= 0; j-- {
				ask[i] = append(ask[i], h[j].id)
			}
		}
	})
	for i := range n {
		for _, j := range ask[i][:min(few, len(ask[i]))] {
			if len(ask[j]) < cap(ask[j]) {
				ask[j] = append(ask[j], int32(i))
			}
		}
	}
	return ask
}

// grow splits the points in order by the plane midway between two of them, drawn at random, down to leaves.
func grow(x points, order []int32, rng *rand.Rand, leaf int, leaves [][]int32) [][]int32 {
	if len(order) <= leaf {
		return append(leaves, order)
	}
	a, b := x.at(order[rng.IntN(len(order))]), x.at(order[rng.IntN(len(order))])
	normal := make([]float32, x.d)
	offset := float32(0)
	for k := range normal {
		normal[k] = a[k] - b[k]
		offset += normal[k] * (a[k] + b[k]) / 2
	}
	l, r := 0, len(order)
	for l < r {
		side := -offset
		for k, v := range x.at(order[l]) {
			side += v * normal[k]
		}
		if side > 0 {
			l++
		} else {
			r--
			order[l], order[r] = order[r], order[l]
		}
	}
	if min(l, len(order)-l) < len(order)/16 { // many equal points, or an outlier: halve, so that the depth stays O(log n)
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		l = len(order) / 2
	}
	leaves = grow(x, order[:l], rng, leaf, leaves)
	return grow(x, order[l:], rng, leaf, leaves)
}
