package score

import (
	"fmt"
	"math"
)

// Information is a labelled image set and a model, as sizes: enough to count how many bits there are to learn, and how many there is room for. [ImageNet] is
// the tutorial's example. Weights may be left out.
type Information struct {
	Images                  int // N
	Classes                 int // K, equally likely
	Height, Width, Channels int
	Depth                   int // bits of one number of an image [8]
	Weights                 int // of a model that is to hold it all [0: not counted]
	WeightBits              int // of one weight [32]
}

// ImageNet is the example of the tutorial: 1.28 million images of 128×128 in a thousand classes, and a network of 30 million weights.
var ImageNet = Information{Images: 1_280_000, Classes: 1000, Height: 128, Width: 128, Channels: 3, Weights: 30_000_000}

// Bits is what [Information] comes to, in bits.
type Bits struct {
	Label, Image   float64 // in one label, log₂ K; in one image as it is stored, H·W·C·depth
	Labels, Images float64 // in all of them
	Ratio, Orders  float64 // Images/Labels, and its decimal logarithm
	Weights        float64 // that the weights can hold; 0 if there are none
	LabelPerWeight float64 // bits of labels for each weight; 0 if there are none
	ImagePerWeight float64 // bits of images for each weight
}

// Count counts the bits,
//
//	labels: N log₂ K        images: N·H·W·C·depth
//
// both as they are before anything is known of them, so that they are upper bounds: real classes may be uneven, and real images compress. It fails on sizes
// below 1 and on fewer than two classes.
func (i Information) Count() (Bits, error) {
	if i.Depth == 0 {
		i.Depth = 8
	}
	if i.WeightBits == 0 {
		i.WeightBits = 32
	}
	for _, size := range []struct {
		name  string
		value int
		least int
	}{
		{"Images", i.Images, 1},
		{"Classes", i.Classes, 2},
		{"Height", i.Height, 1},
		{"Width", i.Width, 1},
		{"Channels", i.Channels, 1},
		{"Depth", i.Depth, 1},
		{"Weights", i.Weights, 0},
		{"WeightBits", i.WeightBits, 1},
	} {
		if size.value < size.least {
			return Bits{}, fmt.Errorf("score: counting bits: %s is %d: give at least %d", size.name, size.value, size.least)
		}
	}
	n := float64(i.Images)
	b := Bits{Label: math.Log2(float64(i.Classes)), Image: float64(i.Height) * float64(i.Width) * float64(i.Channels) * float64(i.Depth)}
	b.Labels, b.Images = n*b.Label, n*b.Image
	b.Ratio = b.Images / b.Labels
	b.Orders = math.Log10(b.Ratio)
	if i.Weights > 0 {
		w := float64(i.Weights)
		b.Weights = w * float64(i.WeightBits)
		b.LabelPerWeight, b.ImagePerWeight = b.Labels/w, b.Images/w
	}
	return b, nil
}

// LabelEntropy is the information of one label in bits when the classes are as frequent as in labels: −Σ_k p_k log₂ p_k, at most log₂ of their number.
// It fails on no labels.
func LabelEntropy(labels []uint8) (float64, error) {
	if len(labels) == 0 {
		return 0, fmt.Errorf("score: measuring the entropy of labels: there are none: take a data set with labels")
	}
	var counts [256]float64
	for _, y := range labels {
		counts[y]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := n / float64(len(labels))
			bits -= p * math.Log2(p)
		}
	}
	return bits, nil
}

// LabelShare is the part of a labelled image's whole code that is its label: label/(label + image), both in bits, or both in nats. It fails on
// lengths that are negative or not finite, and when both are zero.
func LabelShare(label, image float64) (float64, error) {
	if !(label >= 0 && image >= 0 && label+image > 0) || math.IsInf(label+image, 0) {
		return 0, fmt.Errorf("score: a label of %v and an image of %v: give the lengths of two codes, in one unit", label, image)
	}
	return label / (label + image), nil
}
