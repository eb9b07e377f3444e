// Package data holds the images that the course learns from: it finds or fetches them, checks, parses, splits, binarises and batches them.
//
// Real digits come first. Where neither files nor a network are at hand, the same functions return embedded pen strokes, drawn from a seed,
// and say so: print the [Digits] and read its line.
//
// Letters: N images, H W their height and width in pixels, C channels, B images in a batch.
package data

import (
	"fmt"
	"strconv"
)

// Variant says which values the pixels take. Likelihoods under different variants must not be compared, so it stands in every title.
type Variant string

// The variants of MNIST that the literature uses, each with its own likelihoods.
const (
	Grey            Variant = "grey"                // levels 0..255
	StaticBinary    Variant = "static binarised"    // each pixel drawn once from Bernoulli(grey), the same for everybody
	DynamicBinary   Variant = "dynamic binarised"   // drawn anew from Bernoulli(grey) for every batch
	ThresholdBinary Variant = "threshold binarised" // on where grey > 1/2
)

// String is the word for table headings.
func (v Variant) String() string { return string(v) }

// Binary says whether pixels are 0 or 1.
func (v Variant) Binary() bool { return v != Grey }

// Digits is a data set of handwritten digits, split.
type Digits struct {
	Train, Valid, Test Images

	Variant       Variant
	Height, Width int    // pixels
	Real          bool   // MNIST, not the embedded pen strokes
	Origin        string // one line: where it came from, and why
}

// Title names the data for a table heading: two results belong side by side only if their titles agree.
func (d Digits) Title() string {
	if d.Real {
		return fmt.Sprintf("%v MNIST %d×%d", d.Variant, d.Height, d.Width)
	}
	return fmt.Sprintf("pen-stroke digits, %v, %d×%d", d.Variant, d.Height, d.Width)
}

// String is the line that a notebook prints: what it is, how many, where from.
func (d Digits) String() string {
	return fmt.Sprintf("%s: %s train, %s valid, %s test; %s", d.Title(), thousands(d.Train.N), thousands(d.Valid.N), thousands(d.Test.N), d.Origin)
}

// At14 is the data at half the height and width, for small machines: see [Images.Blocks14].
func (d Digits) At14() Digits {
	d.Train, d.Valid, d.Test = d.Train.Blocks14(), d.Valid.Blocks14(), d.Test.Blocks14()
	d.Height, d.Width = d.Train.H, d.Train.W
	return d
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
