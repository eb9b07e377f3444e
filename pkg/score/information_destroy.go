package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
)

// Worth is how many nats structure saves, found by destroying it. High-level structure is what a picture shows, its class; low-level structure is
// how the pixels lie within a small block.
type Worth struct {
	Whole         Estimate // nothing destroyed: −log p(x|y)
	High, HighErr float64  // nats that an image costs more without its class, and the standard error over images
	Low, LowErr   float64  // nats that an image costs more whose pixels have changed places within blocks
}

// BitsNotEqual compares three costs of the same images, in the same order: whole, told the class; classless, without it; and dust, told the class, with
// the pixels shuffled within blocks, under a model that has learned such images. It fails unless all hold equally many images.
//
// Each is about the length of the best code for what is left, so that a difference is the information that was destroyed. (What a model pays for images
// that it was not trained for is another number: its surprise, which has no upper bound.)
func BitsNotEqual(whole, classless, dust Estimate) (Worth, error) {
	w := Worth{Whole: whole}
	var err error
	if w.High, w.HighErr, err = Gap(classless, whole); err != nil {
		return Worth{}, err
	}
	w.Low, w.LowErr, err = Gap(dust, whole)
	return w, err
}

// Ratio is how many times more the low-level structure is worth.
func (w Worth) Ratio() float64 { return w.Low / w.High }

// String is one line.
func (w Worth) String() string {
	return fmt.Sprintf("%.2f nats; without the class +%.2f ± %.2f; pixels shuffled within blocks +%.2f ± %.2f, %.1f times as much",
		w.Whole.Mean, w.High, w.HighErr, w.Low, w.LowErr, w.Ratio())
}

// NatsClassless is what images cost under a model that is told the class, when it is not told it: −log Σ_y p(x|y)/K, for K equally likely classes.
// That is never more than −log p(x|y) + log K. It fails where [NatsGiven] does, on images without labels excepted, and on fewer than one class.
func NatsClassless(backend compute.Backend, store *model.Store, logProb LogProbGiven, images data.Images, classes, batch int) (Estimate, error) {
	if classes < 1 || classes > 256 {
		return Estimate{}, fmt.Errorf("score: measuring nats without the class: %d classes: give 1 to 256", classes)
	}
	costs := make([]Estimate, classes)
	for y := range costs {
		images.Labels = slices.Repeat([]uint8{uint8(y)}, images.N)
		var err error
		if costs[y], err = NatsGiven(backend, store, logProb, images, batch); err != nil {
			return Estimate{}, err
		}
	}
	each := make([]float64, images.N)
	for i := range each {
		least, sum := math.Inf(1), 0.0
		for _, c := range costs {
			least = min(least, c.Each[i])
		}
		for _, c := range costs {
			sum += math.Exp(least - c.Each[i])
		}
		each[i] = least - math.Log(sum/float64(classes))
	}
	return NewEstimate(each, images.H*images.W*images.C), nil
}

// ShuffledDigits is digits all of whose images are [ShuffledBlocks], and whose title says so.
func ShuffledDigits(digits data.Digits, side int, seed int64) (data.Digits, error) {
	for i, part := range []*data.Images{&digits.Train, &digits.Valid, &digits.Test} {
		shuffled, err := ShuffledBlocks(*part, side, 3*seed+int64(i))
		if err != nil {
			return data.Digits{}, err
		}
		*part = shuffled
	}
	digits.Variant += data.Variant(fmt.Sprintf(", %d×%d-shuffled", side, side))
	return digits, nil
}

// ShuffledLabels is images whose classes have changed places at random among them: each picture and each class are still there, what belongs together
// is lost. It fails on images without labels.
func ShuffledLabels(images data.Images, seed int64) (data.Images, error) {
	if images.N == 0 || len(images.Labels) != images.N {
		return data.Images{}, fmt.Errorf("score: shuffling classes: %d labels for %d images: take a data set with labels", len(images.Labels), images.N)
	}
	labels := make([]uint8, images.N)
	for i, j := range rand.New(rand.NewPCG(uint64(seed), 1)).Perm(images.N) {
		labels[i] = images.Labels[j]
	}
	images.Labels = labels
	return images, nil
}

// ShuffledBlocks is images in which the pixels of each block of side×side have changed places at random, anew for every block: from afar the picture is the same,
// near by its lines are dust. All channels of a pixel move together; an odd rest at the right and the bottom stays. It fails on no images, on images whose
// pixels are still to be drawn, and on blocks that do not fit.
func ShuffledBlocks(images data.Images, side int, seed int64) (data.Images, error) {
	const doing = "score: shuffling pixels within blocks"
	switch {
	case images.N == 0 || len(images.Pix) != images.N*images.H*images.W*images.C:
		return data.Images{}, fmt.Errorf("%s: %d images of %d×%d×%d hold %d values: use images as package data makes them", doing, images.N, images.H, images.W, images.C, len(images.Pix))
	case images.Bernoulli:
		return data.Images{}, fmt.Errorf("%s: the pixels are chances: draw them first, with Drawn", doing)
	case side < 2 || side > min(images.H, images.W):
		return data.Images{}, fmt.Errorf("%s: blocks of %d×%d in images of %d×%d: take a side from 2 to the image's", doing, side, side, images.H, images.W)
	}
	random := rand.New(rand.NewPCG(uint64(seed), 2))
	pix := make([]uint8, len(images.Pix))
	copy(pix, images.Pix)
	places := make([]int, side*side)
	c := images.C
	for n := range images.N {
		from, to := images.At(n), pix[n*images.H*images.W*c:]
		for y := 0; y+side <= images.H; y += side {
			for x := 0; x+side <= images.W; x += side {
				for k := range places {
					places[k] = ((y+k/side)*images.W + x + k%side) * c
				}
				for k, j := range random.Perm(len(places)) {
					copy(to[places[k]:places[k]+c], from[places[j]:places[j]+c])
				}
			}
		}
	}
	images.Pix = pix
	return images, nil
}
