package pixelrnn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// Drawing says what to draw.
type Drawing struct {
	Seed  int64
	Given []float32 // [B,H,W,C] values in [0,1] that stay as they are; others are −1; nil leaves all free
	Naive bool      // the whole net for each symbol: the same images, and the reason for the other way
}

// Draw samples images from the net whose weights are in the store, row-major [B,H,W,C] in [0,1].
// The random numbers come from the seed, on the host: they are the same on every engine.
func Draw(backend compute.Backend, store *model.Store, net Net, images int, d Drawing) ([]float32, error) {
	s, err := NewStepper(backend, store, net, d.Naive)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if err := s.Start(images); err != nil {
		return nil, err
	}
	size := len(s.order)
	_, _, _, levels := s.Size()
	given, err := levelsOf(d.Given, images*size, levels)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(uint64(d.Seed), 0x5eed))
	pixels := make([]float32, images*size)
	drawn := make([]uint8, images)
	var previous []uint8
	for _, place := range s.order {
		logits, err := s.Next(previous)
		if err != nil {
			return nil, err
		}
		for b := range drawn {
			i := b*size + place
			drawn[b] = choose(logits[b*levels:(b+1)*levels], random.Float64()) // drawn also where given, so that the others do not depend on what is given
			if given != nil && given[i] >= 0 {
				drawn[b] = uint8(given[i])
			}
			pixels[i] = float32(drawn[b]) / float32(levels-1)
		}
		previous = drawn
	}
	return pixels, nil
}

// choose is the level whose share of [0,1] holds u, the highest first.
func choose(logits []float32, u float64) uint8 {
	chances := softmax(logits)
	for k := len(chances) - 1; k > 0; k-- {
		if u < chances[k] {
			return uint8(k)
		}
		u -= chances[k]
	}
	return 0
}

// softmax is the chances of levels: exp(l_k) / Σ_j exp(l_j).
func softmax(logits []float32) []float64 {
	most, sum := slices.Max(logits), 0.0
	chances := make([]float64, len(logits))
	for k, l := range logits {
		chances[k] = math.Exp(float64(l - most))
		sum += chances[k]
	}
	for k := range chances {
		chances[k] /= sum
	}
	return chances
}

// levelsOf are the levels of given values, −1 where there is none.
func levelsOf(given []float32, size, levels int) ([]int16, error) {
	if given == nil {
		return nil, nil
	}
	if len(given) != size {
		return nil, fmt.Errorf("pixelrnn: drawing: %d given values for %d: give one for each colour of each pixel, −1 where it is free", len(given), size)
	}
	out := make([]int16, size)
	for i, v := range given {
		switch {
		case v == -1:
			out[i] = -1
		case v >= 0 && v <= 1:
			out[i] = int16(math.Round(float64(v) * float64(levels-1)))
		default:
			return nil, fmt.Errorf("pixelrnn: drawing: a given value of %v: give values from 0 to 1, and −1 where it is free", v)
		}
	}
	return out, nil
}
