package tsne

import "math"

// affinity is the symmetric matrix P of van der Maaten and Hinton 2008, equation 2, kept sparse: p_ij and p_ji for each pair in which one is
// a near neighbour of the other. Its entries sum to one.
type affinity struct {
	start []int32 // row i is link[start[i]:start[i+1]]
	link  []link
}

type link struct {
	j int32
	p float32
}

// newAffinity turns the k nearest neighbours of n points into P.
func newAffinity(p pool, near []neighbour, n, k int, perplexity float64) *affinity {
	cond := make([]float32, n*k) // p_{j|i}
	p.chunks(n, func(_, lo, hi int) {
		w := make([]float64, k)
		for i := lo; i < hi; i++ {
			conditional(w, near[i*k:(i+1)*k], perplexity)
			for c, v := range w {
				cond[i*k+c] = float32(v)
			}
		}
	})
	if p.ctx.Err() != nil {
		return nil
	}
	return symmetric(near, cond, n, k)
}

// conditional fills w with p_{j|i} ∝ e^{−β d²_ij}, β such that the entropy is log perplexity nats (equation 1), by Newton's method in log β kept in a bracket.
func conditional(w []float64, near []neighbour, perplexity float64) {
	const tolerance = 1e-6
	first, mean, count := float64(near[0].d2), 0.0, 0
	for _, nb := range near {
		if nb.id >= 0 {
			mean += float64(nb.d2) - first
			count++
		}
	}
	if count == 0 {
		clear(w)
		return
	}
	goal := math.Log(perplexity)
	beta := 1.0
	if mean > 0 {
		beta = float64(count) / mean
	}
	lo, hi := 0.0, math.Inf(1)
	for range 100 { // enough doublings for any spread of float32 distances; where points coincide there may be no such β
		var sum, sumD, sumD2 float64
		for c, nb := range near {
			w[c] = 0
			if nb.id < 0 {
				continue
			}
			d := float64(nb.d2) - first // the entropy does not notice what is taken off all distances; the exponential does
			e := math.Exp(-beta * d)
			w[c] = e
			sum += e
			sumD += e * d
			sumD2 += e * d * d
		}
		m := sumD / sum
		entropy := math.Log(sum) + beta*m
		for c := range w {
			w[c] /= sum
		}
		gap := entropy - goal
		if math.Abs(gap) < tolerance {
			return
		}
		if gap > 0 {
			lo = beta
		} else {
			hi = beta
		}
		slope := beta * beta * (sumD2/sum - m*m) // −dH/d log β
		next := beta * math.Exp(min(max(gap/slope, -2), 2))
		if !(next > lo && next < hi) {
			if math.IsInf(hi, 1) {
				next = 2 * beta
			} else {
				next = (lo + hi) / 2
			}
		}
		beta = next
	}
}

// symmetric is p_ij = (p_{j|i} + p_{i|j}) / 2n.
func symmetric(near []neighbour, cond []float32, n, k int) *affinity {
	// The transpose, row by row; within a row the sources come by rising number.
	from := make([]int32, n+2)
	for _, nb := range near {
		if nb.id >= 0 {
			from[nb.id+2]++
		}
	}
	for i := 2; i < len(from); i++ {
		from[i] += from[i-1]
	}
	back := make([]link, from[n+1])
	for i := range n {
		for c := i * k; c < (i+1)*k; c++ {
			if j := near[c].id; j >= 0 {
				back[from[j+1]] = link{int32(i), cond[c]}
				from[j+1]++
			}
		}
	}
	a := &affinity{start: make([]int32, 1, n+1), link: make([]link, 0, len(near)+len(near)/2)}
	place := make([]int32, n) // 1 + where j stands in the row being built
	total := 0.0
	for i := range n {
		base := len(a.link)
		for _, b := range back[from[i]:from[i+1]] {
			a.link = append(a.link, b)
			place[b.j] = int32(len(a.link))
		}
		for c := i * k; c < (i+1)*k; c++ {
			j := near[c].id
			if j < 0 {
				continue
			}
			if at := place[j]; at > int32(base) {
				a.link[at-1].p += cond[c]
			} else {
				a.link = append(a.link, link{j, cond[c]})
			}
		}
		for _, l := range a.link[base:] {
			total += float64(l.p)
		}
		a.start = append(a.start, int32(len(a.link)))
	}
	for i := range a.link {
		a.link[i].p = float32(float64(a.link[i].p) / total)
	}
	return a
}
