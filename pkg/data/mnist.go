package data

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/curious-go/curious/pkg/data/fetch"
)

// MNIST is grey digits, 28×28, 256 levels, with labels: 50,000 to train, 10,000 (the last of the training file) to validate, 10,000 to test.
// Without files and network it is embedded pen strokes. An error means trouble: a damaged file, a full disk, a folder that cannot be read.
func MNIST() (Digits, error) {
	return greyDigits(Grey)
}

// ThresholdMNIST is [MNIST] with every pixel on where its grey is over 1/2.
func ThresholdMNIST() (Digits, error) {
	d, err := greyDigits(ThresholdBinary)
	d.Train, d.Valid, d.Test = threshold(d.Train), threshold(d.Valid), threshold(d.Test)
	return d, err
}

// DynamicMNIST is [MNIST] binarised by chance: training pixels are drawn from Bernoulli(grey) anew for every batch; those that
// validate and test are drawn once, from a fixed seed, so that scores can be repeated.
func DynamicMNIST() (Digits, error) {
	d, err := greyDigits(DynamicBinary)
	d.Train.Bernoulli, d.Train.Levels = true, 2
	d.Valid, d.Test = drawn(d.Valid, 1), drawn(d.Test, 2)
	return d, err
}

// BinarizedMNIST is the static binarised MNIST of the likelihood literature: 50,000 to train, 10,000 to validate, 10,000 to test.
// Only the test images have labels (the files carry none, but the test file keeps the digits in their order). Since that file begins with
// nothing but zeros, the test images come in a fixed shuffled order, so that the first thousand are a fair sample.
//
// Source: Salakhutdinov and Murray, "On the quantitative analysis of deep belief networks", ICML 2008; files by Hugo Larochelle.
func BinarizedMNIST() (Digits, error) {
	set, found, why, err := files("binarized-mnist")
	if err != nil {
		return Digits{}, err
	}
	if why != "" {
		d := penDigits(StaticBinary, why, set.Name)
		d.Train, d.Valid, d.Test = drawn(d.Train, 0), drawn(d.Valid, 1), drawn(d.Test, 2)
		return d, nil
	}
	var parts [3]Images
	err = together(len(parts), func(i int) error {
		var err error
		parts[i], err = unpacked(found[i], func() (Images, error) { return readAmat(found[i], []int{50000, 10000, 10000}[i]) })
		return err
	})
	if err != nil {
		return Digits{}, err
	}
	test := parts[2]
	test.Labels = make([]uint8, 0, test.N)
	for digit, n := range testCounts {
		test.Labels = append(test.Labels, slices.Repeat([]uint8{uint8(digit)}, n)...)
	}
	return Digits{
		Train: parts[0], Valid: parts[1], Test: test.Shuffled(0),
		Variant: StaticBinary, Height: 28, Width: 28, Real: true, Origin: origin(found),
	}, nil
}

// testCounts is how many of each digit MNIST's test set holds. The static binarised test file is sorted by them.
var testCounts = [10]int{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009}

// greyDigits is MNIST, its pixels grey still, to become a variant.
func greyDigits(variant Variant) (Digits, error) {
	set, found, why, err := files("mnist")
	if err != nil {
		return Digits{}, err
	}
	if why != "" {
		return penDigits(variant, why, set.Name), nil
	}
	var images, labels [2]Images
	err = together(4, func(i int) error {
		n := []int{60000, 10000}[i/2]
		var err error
		if i%2 == 0 {
			images[i/2], err = unpacked(found[i], func() (Images, error) { return readIDX(found[i], n, 28, 28) })
		} else {
			labels[i/2], err = readIDX(found[i], n)
		}
		return err
	})
	if err != nil {
		return Digits{}, err
	}
	for i := range images {
		images[i].Labels = labels[i].Pix
	}
	return Digits{
		Train: images[0].Range(0, 50000), Valid: images[0].Range(50000, 60000), Test: images[1],
		Variant: variant, Height: 28, Width: 28, Real: true, Origin: origin(found),
	}, nil
}

// readIDX reads images [N,H,W], or labels [N] as images of one pixel; want is the sizes that the file must have.
func readIDX(f fetch.Found, want ...int) (Images, error) {
	var b bytes.Buffer
	b.Grow(int(f.Size()))
	if _, err := f.WriteTo(&b); err != nil {
		return Images{}, err
	}
	dims, values, err := parseIDX(b.Bytes())
	if err != nil {
		return Images{}, err
	}
	if !slices.Equal(dims, want) {
		return Images{}, fmt.Errorf("data: reading %s: it holds %v values where %v are expected", f.File.Name, dims, want)
	}
	m := Images{N: dims[0], H: 1, W: 1, C: 1, Levels: 256, Pix: values}
	if len(dims) == 3 {
		m.H, m.W = dims[1], dims[2]
	}
	return m, nil
}

func readAmat(f fetch.Found, n int) (Images, error) {
	const side = 28
	rows := amat{cols: side * side, pix: make([]uint8, 0, n*side*side)}
	if _, err := f.WriteTo(&rows); err != nil {
		return Images{}, err
	}
	if err := rows.close(); err != nil {
		return Images{}, fmt.Errorf("data: reading %s: %w", f.File.Name, err)
	}
	if got := len(rows.pix) / (side * side); got != n {
		return Images{}, fmt.Errorf("data: reading %s: it holds %d rows where %d are expected", f.File.Name, got, n)
	}
	return Images{N: n, H: side, W: side, C: 1, Levels: 2, Pix: rows.pix}, nil
}

// threshold turns pixels on where grey > 1/2.
func threshold(m Images) Images {
	pix := make([]uint8, len(m.Pix))
	for k, v := range m.Pix {
		pix[k] = v >> 7
	}
	m.Pix, m.Levels = pix, 2
	return m
}

// drawn draws the pixels from Bernoulli(grey) once and for all; which tells the parts of a set apart.
func drawn(m Images, which int64) Images {
	m.Bernoulli = true
	return m.Drawn(which)
}

// together runs f(0) … f(n-1) at once and returns the first error by index.
func together(n int, f func(i int) error) error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// files finds or fetches the files of a set. A why that is not empty says why they cannot be had.
func files(name string) (set fetch.Set, found []fetch.Found, why string, err error) {
	if set, err = fetch.Lookup(name); err != nil {
		return set, nil, "", err
	}
	found, err = set.Ensure(fetch.Bar())
	if unreachable := (*fetch.Unreachable)(nil); errors.As(err, &unreachable) {
		return set, nil, unreachable.Why, nil
	}
	return set, found, "", err
}

// origin says where the files were.
func origin(found []fetch.Found) string {
	return "real MNIST from " + found[0].Where
}
