package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Floor is the least that each frame can cost a model of binary frames on average, H(x_t | x_0 … x_t−1) in nats, [T]: no model can go under, and one that knows all reaches it.
//
// Frame 0 costs the choice of object and place, frame 1 the velocity, and later frames nothing but the kicks. It is exact for a single object that shows all of
// itself: several cover one another, and smooth motion shows itself by and by; then zeros are returned, which no cost can be under either.
func (b Bouncing) Floor() ([]float64, error) {
	if err := b.Check(); err != nil {
		return nil, err
	}
	b = b.withDefaults()
	floor := make([]float64, b.Frames)
	if b.Each > 1 || b.Smooth {
		return floor, nil
	}
	axes := map[int][]float64{} // by the last place along it
	looks := map[string]int{}
	for i := range b.Objects.N {
		box := b.box(i)
		for _, last := range []int{b.Height - box.h, b.Width - box.w} {
			if axes[last] == nil {
				axes[last] = b.surprise(last)
			}
			for t, h := range axes[last] {
				floor[t] += h / float64(b.Objects.N)
			}
		}
		looks[string(b.Objects.At(i))]++
	}
	var counts []int // in order, so that the sum is the same each time
	for _, n := range looks {
		counts = append(counts, n)
	}
	slices.Sort(counts)
	for _, n := range counts {
		share := float64(n) / float64(b.Objects.N)
		floor[0] -= share * math.Log(share)
	}
	return floor, nil
}

// surprise is the entropy of each position along an axis given those before, [T] nats. What may be believed of the velocity after each history is followed
// from frame to frame; histories that agree on it and on the place go on as one.
func (b Bouncing) surprise(last int) []float64 {
	type state struct {
		at     int
		belief string // the chances of all velocities, written out
	}
	start := make([]float64, 2*b.Speed+1) // of velocity v at v+Speed
	for v := 1; v <= b.Speed; v++ {
		start[b.Speed-v], start[b.Speed+v] = 1/float64(2*b.Speed), 1/float64(2*b.Speed)
	}
	entropy := []float64{math.Log(float64(last + 1))}
	beliefs := map[string][]float64{"": start}
	weights := map[state]float64{}
	for at := range last + 1 {
		weights[state{at, ""}] = 1 / float64(last+1)
	}
	for len(entropy) < b.Frames {
		sum := 0.0
		next := map[state]float64{}
		order := make([]state, 0, len(weights))
		for s := range weights {
			order = append(order, s)
		}
		slices.SortFunc(order, func(a, b state) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.belief, b.belief)) })
		for _, s := range order {
			for at, joint := range b.outcomes(s.at, beliefs[s.belief], last) {
				chance := 0.0
				for _, p := range joint {
					chance += p
				}
				if chance == 0 {
					continue
				}
				sum -= weights[s] * chance * math.Log(chance)
				for i := range joint {
					joint[i] /= chance
				}
				key := fmt.Sprint(joint)
				beliefs[key] = joint
				next[state{at, key}] += weights[s] * chance
			}
		}
		entropy, weights = append(entropy, max(0, sum)), next
	}
	return entropy
}

// outcomes is the chance of each next place together with each velocity from there on: [last+1][2·Speed+1].
func (b Bouncing) outcomes(at int, belief []float64, last int) [][]float64 {
	out := make([][]float64, last+1)
	for i := range out {
		out[i] = make([]float64, len(belief))
	}
	for i, p := range belief {
		to, v, hit := bounce(at, i-b.Speed, last)
		switch {
		case p == 0:
		case hit && b.Kick:
			for speed := 1; speed <= b.Speed; speed++ {
				out[to][b.Speed+v/max(v, -v)*speed] += p / float64(b.Speed)
			}
		default:
			out[to][b.Speed+v] += p
		}
	}
	return out
}
