package score

import (
	"fmt"
	"math"
)

// Estimate is what images cost under a model.
type Estimate struct {
	Mean   float64   // nats an image: the mean of −log p(x), or of an upper bound on it
	StdErr float64   // standard error of Mean over images, in nats
	N      int       // images
	Dims   int       // numbers in one image: H·W·C
	K      int       // samples of the importance-weighted bound that Mean is, 1 for the negative ELBO; 0 when log p(x) is exact
	Title  string    // the data set with its variant, as [data.Digits.Title] writes it; the caller sets it
	Each   []float64 // nats of each image, in their order
}

// NewEstimate is the estimate from the nats of each image, of so many numbers.
func NewEstimate(each []float64, dims int) Estimate {
	e := Estimate{N: len(each), Dims: dims, Each: each}
	e.Mean, e.StdErr = meanStdErr(each)
	return e
}

// Bits is the cost in bits an image.
func (e Estimate) Bits() float64 { return e.Mean / math.Ln2 }

// BitsPerDim is the cost in bits for each number of an image.
func (e Estimate) BitsPerDim() float64 { return e.Mean / math.Ln2 / float64(e.Dims) }

// Perplexity is how many equally likely values each number of an image is as hard to guess as: 1 when all is known, 2 for fair coins.
func (e Estimate) Perplexity() float64 { return math.Exp(e.Mean / float64(e.Dims)) }

// String is one line: "≤ 86.76 ± 0.21 nats (0.1597 bits/dim), 10000 images of static binarised MNIST 28×28".
func (e Estimate) String() string {
	bound, of := "", ""
	if e.K > 0 {
		bound = "≤ "
	}
	if e.Title != "" {
		of = " of " + e.Title
	}
	return fmt.Sprintf("%s%.2f ± %.2f nats (%.4f bits/dim), %d images%s", bound, e.Mean, e.StdErr, e.BitsPerDim(), e.N, of)
}

// Gap is how much more an image costs under a than under b, in nats, with the standard error of the difference. Where both hold the same images it is far
// smaller than that of either cost, since easy images are easy for both. It fails unless a and b hold equally many images.
func Gap(a, b Estimate) (mean, stdErr float64, err error) {
	if len(a.Each) != len(b.Each) || len(a.Each) == 0 {
		return 0, 0, fmt.Errorf("score: comparing two costs image by image: %d images and %d: score the same images with both models", len(a.Each), len(b.Each))
	}
	gaps := make([]float64, len(a.Each))
	for i := range gaps {
		gaps[i] = a.Each[i] - b.Each[i]
	}
	mean, stdErr = meanStdErr(gaps)
	return mean, stdErr, nil
}

// meanStdErr is the mean of values and its standard error, 0 for a single value.
func meanStdErr(values []float64) (mean, stdErr float64) {
	n := float64(len(values))
	for _, v := range values {
		mean += v / n
	}
	if n < 2 {
		return mean, 0
	}
	for _, v := range values {
		stdErr += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(stdErr / (n - 1) / n)
}
