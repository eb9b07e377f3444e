package check

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/score/internal/program"
)

// mostImages is how many images are enumerated at most.
const mostImages = 1 << 16

// Normalised says whether the probabilities of all images of H×W pixels sum to one, within tol. It scores every one of the levels^(H·W), which may be 65536 at most: 3×3 binary
// pixels are 512, 1×6 ternary ones 729. Values are 0, 1/(levels−1), … 1.
func Normalised(backend compute.Backend, store *model.Store, logProb score.LogProb, h, w, levels int, tol float64) error {
	const doing = "check: normalisation"
	count, err := enumerable(h, w, levels)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	dims := batchOf(count, h, w)
	p, err := scrambled(backend, store, one(logProb), 5, dims)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer p.Close()
	logProbs, err := enumerate(p, dims, count, levels)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	sum := 0.0
	for i, l := range logProbs {
		if math.IsNaN(l) {
			return fmt.Errorf("%s: the log-probability of image %v is not a number", doing, image(i, h*w, levels))
		}
		sum += math.Exp(l)
	}
	if math.Abs(sum-1) <= tol {
		return nil
	}
	return fmt.Errorf("check: the probabilities of all %d images of %d×%d sum to %.6g, not 1: some pixel is predicted from itself or from later ones, or a term is missing or counted twice", count, h, w, sum)
}

// one wraps a log-probability as a program.
func one(logProb score.LogProb) func(*model.Scope, []*Node) []*Node {
	return func(scope *model.Scope, in []*Node) []*Node {
		out := logProb(scope, in[0])
		if out.Rank() != 1 || out.Shape().Dim(0) != in[0].Shape().Dim(0) {
			panic(fmt.Errorf("the log-probabilities have shape %v, not [B] = [%d]: sum over the pixels of an image, and not over images", out.Shape().Dimensions, in[0].Shape().Dim(0)))
		}
		return []*Node{out}
	}
}

func enumerable(h, w, levels int) (int, error) {
	if err := sizes(h, w); err != nil {
		return 0, err
	}
	if levels < 2 {
		return 0, fmt.Errorf("%d levels: take at least 2", levels)
	}
	count := 1
	for range h * w {
		if count *= levels; count > mostImages {
			return 0, fmt.Errorf("more than %d images of %d×%d with %d levels: take a smaller image", mostImages, h, w, levels)
		}
	}
	return count, nil
}

func batchOf(count, h, w int) []int { return []int{min(count, 1024), h, w, 1} }

// image is the levels of enumerated image i: its number, written in base levels.
func image(i, size, levels int) []uint8 {
	pixels := make([]uint8, size)
	for k := range pixels {
		pixels[k] = uint8(i % levels)
		i /= levels
	}
	return pixels
}

// enumerate is the log-probability of every image.
func enumerate(p *program.Program, dims []int, count, levels int) ([]float64, error) {
	batch, size := dims[0], dims[1]*dims[2]
	logProbs := make([]float64, 0, count+batch)
	for from := 0; from < count; from += batch {
		x := make([]float32, 0, batch*size)
		for b := range batch {
			for _, level := range image(from+b, size, levels) {
				x = append(x, float32(level)/float32(levels-1))
			}
		}
		out, err := p.Call(tensors.FromFlatDataAndDimensions(x, dims...))
		if err != nil {
			return nil, err
		}
		for _, l := range out[0] {
			logProbs = append(logProbs, float64(l))
		}
	}
	return logProbs[:count], nil
}

// Sampler draws n images and returns the levels of their pixels, [n,H,W].
type Sampler func(n int) ([]uint8, error)

// SampleAgreesWithScore says whether a model draws each image as often as it says: it draws n images, small enough to enumerate, and compares how often each came with its
// probability by a chi-square test. Images that should come less than five times are counted together. A right model fails once in 100,000 times.
//
// The store is used as it is, since the sampler uses it too: train it a little, or [Scramble] it, or the test has little to tell apart.
func SampleAgreesWithScore(backend compute.Backend, store *model.Store, logProb score.LogProb, sample Sampler, h, w, levels, n int) error {
	const doing = "check: samples against scores"
	count, err := enumerable(h, w, levels)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	dims := batchOf(count, h, w)
	p, _, err := copyOf(backend, store, one(logProb))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer p.Close()
	logProbs, err := enumerate(p, dims, count, levels)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	pixels, err := sample(n)
	if err != nil {
		return fmt.Errorf("%s: sampling: %w", doing, err)
	}
	if n < 1 || len(pixels) != n*h*w {
		return fmt.Errorf("%s: %d pixels for %d images of %d×%d", doing, len(pixels), n, h, w)
	}
	seen := make([]float64, count)
	for k := range n {
		index := 0
		for j := h*w - 1; j >= 0; j-- {
			level := int(pixels[k*h*w+j])
			if level >= levels {
				return fmt.Errorf("%s: sample %d has level %d at %s: there are %d levels", doing, k, level, at(j, w), levels)
			}
			index = index*levels + level
		}
		seen[index]++
	}
	var chi2, rareSeen, rareWanted float64
	cells, worst, worstBy := 0, 0, 0.0
	for i, l := range logProbs {
		wanted := float64(n) * math.Exp(l)
		if wanted < 5 {
			rareSeen, rareWanted = rareSeen+seen[i], rareWanted+wanted
			continue
		}
		by := (seen[i] - wanted) * (seen[i] - wanted) / wanted
		chi2 += by
		cells++
		if by > worstBy {
			worst, worstBy = i, by
		}
	}
	if rareWanted > 0 {
		chi2 += (rareSeen - rareWanted) * (rareSeen - rareWanted) / rareWanted
		cells++
	}
	if cells < 2 {
		return fmt.Errorf("%s: only %d kinds of image are expected five times among %d: draw more, or take smaller images", doing, cells, n)
	}
	if p := (distuv.ChiSquared{K: float64(cells - 1)}).Survival(chi2); p > 1e-5 {
		return nil
	}
	return fmt.Errorf("check: samples do not follow the scores: chi-square %.0f for %d kinds of image; the image %v came %.0f times in %d and should %.0f times", chi2, cells, image(worst, h*w, levels), seen[worst], n, float64(n)*math.Exp(logProbs[worst]))
}

// InitialLossIsUniform says whether a fresh model whose last layer starts at zero costs what the uniform code does, log(levels) nats a pixel, within 5 %. Weights are as the store and the model make them.
func InitialLossIsUniform(backend compute.Backend, store *model.Store, logProb score.LogProb, h, w, levels int) error {
	const doing = "check: the first loss"
	if err := sizes(h, w); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	p, _, err := copyOf(backend, store, one(logProb))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	defer p.Close()
	const batch = 16
	random := rand.New(rand.NewPCG(6, 0))
	x := make([]float32, batch*h*w)
	for i := range x {
		x[i] = float32(random.IntN(levels)) / float32(levels-1)
	}
	out, err := p.Call(tensors.FromFlatDataAndDimensions(x, batch, h, w, 1))
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	nats := 0.0
	for _, l := range out[0] {
		nats -= float64(l) / float64(len(x))
	}
	want := math.Log(float64(levels))
	if math.Abs(nats-want) <= 0.05*want {
		return nil
	}
	switch {
	case math.Abs(nats*math.Ln2-want) <= 0.05*want || math.Abs(nats/math.Ln2-want) <= 0.05*want:
		return fmt.Errorf("check: a fresh model costs %.4f a pixel and the uniform code %.4f nats: one of them is in bits", nats, want)
	case math.Abs(nats*float64(h*w)-want) <= 0.05*want:
		return fmt.Errorf("check: a fresh model costs %.4f nats a pixel and the uniform code %.4f: a mean over pixels where there should be a sum", nats, want)
	}
	return fmt.Errorf("check: a fresh model costs %.4f nats a pixel and the uniform code %.4f: start the last layer at zero, and sum over all pixels", nats, want)
}

// Autoregressive is all that holds for every autoregressive model of binary images of any size: [Normalised] on 3×3, [Causal] and [CausalByIntervention] on 3×5 and on 5×3.
func Autoregressive(backend compute.Backend, store *model.Store, logits Logits, logProb score.LogProb) error {
	if err := Normalised(backend, store, logProb, 3, 3, 2, 1e-5); err != nil {
		return err
	}
	for _, size := range [][2]int{{3, 5}, {5, 3}} {
		if err := Causal(backend, store, logits, size[0], size[1]); err != nil {
			return err
		}
		if err := CausalByIntervention(backend, store, logits, size[0], size[1]); err != nil {
			return err
		}
	}
	return nil
}
