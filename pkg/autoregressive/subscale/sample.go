package subscale

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
)

// Drawing says what to draw.
type Drawing struct {
	Seed   int64
	Given  *data.Images // one for each image to draw, whose first symbols are kept; nil for none
	Keep   int          // how many groups of [Config.Groups] are kept: 1 is the first slice, so that the model enlarges small images
	InTurn bool         // slices one after the other, in place of side by side: the same images, and on two cores in half the time
	Naive  bool         // a full pass for each symbol: the same images, and the reason for caches
}

// Draw samples images from the model whose weights are in the store, pixel by pixel, all images side by side, and their slices too unless they are asked for in turn.
// The random numbers come from the seed, on the host: they are the same on every engine.
func Draw(backend compute.Backend, store *model.Store, config Config, images int, d Drawing) (data.Images, error) {
	if err := config.Check(); err != nil {
		return data.Images{}, err
	}
	config = config.withDefaults()
	given, keep, err := d.given(config, images)
	if err != nil {
		return data.Images{}, fmt.Errorf("subscale: drawing: %w", err)
	}
	order, k := config.Order(), config.levels()
	random := rand.New(rand.NewPCG(uint64(d.Seed), 0x5eed))
	chances := make([]float64, images*len(order)) // all drawn beforehand, so that an image does not depend on who draws first, nor on what is given
	for i := range chances {
		chances[i] = random.Float64()
	}
	pixels := make([]uint8, images*len(order))
	way := waves
	switch {
	case d.Naive:
		way = fullPasses
	case d.InTurn:
		way = steps
	}
	err = way(backend, store, config, images)(func(t, b int, logits []float32) uint8 {
		at := b*len(order) + order[t]
		pixels[at] = choose(logits, chances[t*images+b])
		if t < keep {
			pixels[at] = given.Pix[at]
		}
		return pixels[at]
	})
	if err != nil {
		return data.Images{}, fmt.Errorf("subscale: drawing: %w", err)
	}
	planes := data.Images{N: images, H: config.Height, W: config.Width, C: config.planes() * config.Colours, Levels: k, Pix: pixels}
	return config.Join(planes)
}

// given are the planes of the images to keep something of, and how many symbols that is.
func (d Drawing) given(config Config, images int) (data.Images, int, error) {
	groups := config.Groups()
	switch {
	case images < 1:
		return data.Images{}, 0, fmt.Errorf("%d images: ask for one at least", images)
	case d.Given == nil && d.Keep == 0:
		return data.Images{}, 0, nil
	case d.Given == nil || d.Given.N != images:
		return data.Images{}, 0, fmt.Errorf("keeping %d groups of symbols without an image for each of %d: give as many", d.Keep, images)
	case d.Keep < 0 || d.Keep > len(groups):
		return data.Images{}, 0, fmt.Errorf("keeping %d groups of symbols: there are %d, see Groups", d.Keep, len(groups))
	}
	planes, err := config.Split(*d.Given)
	keep := d.Keep * len(config.symbols()) / len(groups) // they are all of one size
	return planes, keep, err
}

// choose is the level at which the cumulated softmax passes u.
func choose(logits []float32, u float64) uint8 {
	largest := math.Inf(-1)
	for _, l := range logits {
		largest = max(largest, float64(l))
	}
	sum := 0.0
	for _, l := range logits {
		sum += math.Exp(float64(l) - largest)
	}
	last := 0
	for k, l := range logits {
		p := math.Exp(float64(l)-largest) / sum
		if u < p {
			return uint8(k)
		}
		if u -= p; p > 0 {
			last = k
		}
	}
	return uint8(last) // rounding
}

// A drawer goes through the symbols of images: it asks for symbol t of image b, t as in [Config.Order], given its logits.
type drawer func(choose func(t, b int, logits []float32) uint8) error

// waves draws slices side by side.
func waves(backend compute.Backend, store *model.Store, config Config, images int) drawer {
	return func(choose func(t, b int, logits []float32) uint8) error {
		s, err := NewStepper(backend, store, config, images)
		if err != nil {
			return err
		}
		defer s.Close()
		first := 0
		for _, p := range s.parts {
			if err := p.drawWave(s, first, choose); err != nil {
				return err
			}
			height, width := p.size()
			first += p.part.slices() * height * width * p.Colours
		}
		return nil
	}
}

// steps draws slices in turn.
func steps(backend compute.Backend, store *model.Store, config Config, images int) drawer {
	return func(choose func(t, b int, logits []float32) uint8) error {
		s, err := NewStepper(backend, store, config, images)
		if err != nil {
			return err
		}
		defer s.Close()
		k := config.levels()
		var drawn []uint8
		for t := range s.symbols {
			logits, err := s.Next(drawn)
			if err != nil {
				return err
			}
			drawn = make([]uint8, images)
			for b := range drawn {
				drawn[b] = choose(t, b, logits[b*k:(b+1)*k])
			}
		}
		return nil
	}
}

// fullPasses runs the whole model, of all slices, for each symbol.
func fullPasses(backend compute.Backend, store *model.Store, config Config, images int) drawer {
	return func(choose func(t, b int, logits []float32) uint8) error {
		exec, err := model.NewExec(backend, store, config.Logits)
		if err != nil {
			return err
		}
		defer exec.Finalize()
		symbols, parts, k := config.symbols(), config.parts(), config.levels()
		planes := make([]float32, images*len(symbols))
		for t, at := range symbols {
			x := floats(planes, images, config.Height, config.Width, config.planes()*config.Colours)
			outputs, err := call(exec, []*tensors.Tensor{x})
			x.FinalizeAll()
			if err != nil {
				return err
			}
			tensors.MustConstFlatData(outputs[0], func(all []float32) {
				for b := range images {
					from := (b*len(symbols) + t) * k
					level := choose(t, b, all[from:from+k])
					planes[b*len(symbols)+at.place] = float32(level) / float32(parts[at.part].levels()-1)
				}
			})
			free(outputs)
		}
		return nil
	}
}
