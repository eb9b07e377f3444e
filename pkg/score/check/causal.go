package check

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// draws of a random image and batches of random pixels that a gradient is summed over, so that a rectifier that happens to be off hides nothing.
const draws = 12

// Sensitivity is how strongly the logits at each of the given pixels react to every pixel of the image: [len(pixels)][H·W], the sum over random images of |∂ logits_i / ∂ x_j|.
// It is zero exactly where there is no path from x_j to logits_i.
func Sensitivity(backend compute.Backend, store *model.Store, logits Logits, h, w int, pixels ...int) ([][]float64, error) {
	s, err := sensitivity(backend, store, logits, h, w, pixels)
	if err != nil {
		return nil, fmt.Errorf("check: measuring the receptive field: %w", err)
	}
	return s, nil
}

func sensitivity(backend compute.Backend, store *model.Store, logits Logits, h, w int, pixels []int) ([][]float64, error) {
	if err := sizes(h, w); err != nil {
		return nil, err
	}
	size := h * w
	for _, i := range pixels {
		if i < 0 || i >= size {
			return nil, fmt.Errorf("pixel %d of an image of %d×%d: take 0 to %d", i, h, w, size-1)
		}
	}
	// Each image of a batch asks for one pixel, so that one program serves all.
	jobs := len(pixels) * draws
	batch := min(jobs, max(1, 25000/size))
	dims := []int{batch, h, w, 1}
	p, err := scrambled(backend, store, func(scope *model.Scope, in []*Node) []*Node {
		x, asked := in[0], in[1]
		l := logitsOf(logits, scope, x)
		// Several logits of one pixel are weighed unevenly, lest their reactions cancel, as those of a softmax would.
		weights := make([]float32, l.Shape().Dim(3))
		for k := range weights {
			weights[k] = float32(math.Cos(float64(k)))
		}
		weighed := Mul(l, ExpandLeftToRank(Const(x.Graph(), weights), 4))
		weighed = Mul(weighed, asked)
		return []*Node{Gradient(ReduceAllSum(weighed), x)[0], ReduceSum(weighed, 1, 2, 3)}
	}, 1, dims, dims)
	if err != nil {
		return nil, err
	}
	defer p.Close()

	random := rand.New(rand.NewPCG(2, 0))
	total := make([][]float64, len(pixels))
	for k := range total {
		total[k] = make([]float64, size)
	}
	for from := 0; from < jobs; from += batch {
		asked := make([]float32, batch*size)
		for b := range min(batch, jobs-from) {
			asked[b*size+pixels[(from+b)/draws]] = 1
		}
		out, err := p.Call(tensors.FromFlatDataAndDimensions(images(random, batch*size), dims...), tensors.FromFlatDataAndDimensions(asked, dims...))
		if err != nil {
			return nil, err
		}
		for b := range min(batch, jobs-from) {
			k := (from + b) / draws
			if l := float64(out[1][b]); math.IsNaN(l) || math.IsInf(l, 0) {
				return nil, fmt.Errorf("the logits of random images are not finite: one is %v", l)
			}
			for j := range size {
				g := float64(out[0][b*size+j])
				if math.IsNaN(g) || math.IsInf(g, 0) {
					return nil, fmt.Errorf("the gradient of the logits at %s is %v", at(pixels[k], w), g)
				}
				total[k][j] += math.Abs(g)
			}
		}
	}
	return total, nil
}

// Causal says whether the logits of every pixel react to earlier pixels only, by their gradient, which has to be exactly zero for the pixel itself and all later ones.
func Causal(backend compute.Backend, store *model.Store, logits Logits, h, w int) error {
	s, err := sensitivity(backend, store, logits, h, w, all(h*w))
	if err != nil {
		return fmt.Errorf("check: causality by gradient: %w", err)
	}
	for i, row := range s {
		for j := i; j < len(row); j++ {
			if row[j] != 0 {
				return leak(i, j, w)
			}
		}
	}
	return nil
}

// leak says that the logits at pixel i see pixel j, which they must not, and what most often makes them.
func leak(i, j, w int) error {
	switch {
	case i == j:
		return fmt.Errorf("check: logits at %s change when that pixel itself changes: the first layer must not see its own pixel (mask A)", at(i, w))
	case i/w == j/w:
		return fmt.Errorf("check: logits at %s change when %s, which comes later, changes: no layer may look to the right in the pixel's own row", at(i, w), at(j, w))
	default:
		return fmt.Errorf("check: logits at %s change when %s, which comes later, changes: no layer may look at rows below", at(i, w), at(j, w))
	}
}

// CausalByIntervention says the same as [Causal] without trusting gradients: it changes one pixel at a time, and the logits there and at all earlier pixels have to stay the same to the bit.
func CausalByIntervention(backend compute.Backend, store *model.Store, logits Logits, h, w int) error {
	if err := intervene(backend, store, logits, h, w); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

func intervene(backend compute.Backend, store *model.Store, logits Logits, h, w int) error {
	if err := sizes(h, w); err != nil {
		return fmt.Errorf("causality by intervention: %w", err)
	}
	size := h * w
	batch := min(size, max(1, 50000/size))
	dims := []int{batch, h, w, 1}
	p, err := scrambled(backend, store, func(scope *model.Scope, in []*Node) []*Node {
		return []*Node{logitsOf(logits, scope, in[0])}
	}, 3, dims)
	if err != nil {
		return fmt.Errorf("causality by intervention: %w", err)
	}
	defer p.Close()

	random := rand.New(rand.NewPCG(4, 0))
	for range 3 {
		image := images(random, size)
		for from := 0; from < size; from += batch {
			// The image stands in every place of the batch, and each change is compared with its own place: places may differ in the last bit.
			plain, changed := make([]float32, batch*size), make([]float32, batch*size)
			for b := range batch {
				copy(plain[b*size:], image)
				copy(changed[b*size:], image)
				if j := from + b; j < size {
					changed[b*size+j] = float32(math.Mod(float64(image[j])+0.25+0.5*random.Float64(), 1.001))
				}
			}
			before, err := p.Call(tensors.FromFlatDataAndDimensions(plain, dims...))
			if err != nil {
				return fmt.Errorf("causality by intervention: %w", err)
			}
			after, err := p.Call(tensors.FromFlatDataAndDimensions(changed, dims...))
			if err != nil {
				return fmt.Errorf("causality by intervention: %w", err)
			}
			each := len(before[0]) / (batch * size) // logits for one pixel
			for b := range min(batch, size-from) {
				j := from + b
				for k := range (j + 1) * each {
					was, is := before[0][b*size*each+k], after[0][b*size*each+k]
					if math.Float32bits(was) == math.Float32bits(is) {
						continue
					}
					return fmt.Errorf("logits at %s go from %v to %v when %s changes, which they must not know", at(k/each, w), was, is, at(j, w))
				}
			}
		}
	}
	return nil
}

// ReceptiveField is the pixels that the logits at pixel i react to, measured by gradient on random weights and images.
func ReceptiveField(backend compute.Backend, store *model.Store, logits Logits, h, w, i int) (Mask, error) {
	s, err := Sensitivity(backend, store, logits, h, w, i)
	if err != nil {
		return nil, err
	}
	return reacting(s[0], h, w), nil
}

func reacting(sensitivity []float64, h, w int) Mask {
	m := NewMask(h, w)
	for j, s := range sensitivity {
		m[j/w][j%w] = s != 0
	}
	return m
}

// SeesExactly says whether the logits at every pixel react to just the pixels that they should: [Before] for a model without a blind spot that is deep enough for the image,
// [Reach] of its layers for a plain PixelCNN.
func SeesExactly(backend compute.Backend, store *model.Store, logits Logits, h, w int, want Field) error {
	s, err := sensitivity(backend, store, logits, h, w, all(h*w))
	if err != nil {
		return fmt.Errorf("check: measuring the receptive field: %w", err)
	}
	for i := range s {
		got, want := reacting(s[i], h, w), want(h, w, i)
		for j := range h * w {
			sees, should := got[j/w][j%w], want[j/w][j%w]
			if sees == should {
				continue
			}
			if sees && j >= i {
				return leak(i, j, w)
			}
			if sees {
				return fmt.Errorf("check: logits at %s see %s and should not", at(i, w), at(j, w))
			}
			return fmt.Errorf("check: logits at %s do not see %s and should: a blind spot, or too few layers", at(i, w), at(j, w))
		}
	}
	return nil
}

func all(n int) []int {
	indices := make([]int, n)
	for i := range indices {
		indices[i] = i
	}
	return indices
}
