package data

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/data/fetch"
)

// needReal skips where the real digits are not on this machine.
func needReal(t testing.TB, name string) {
	t.Helper()
	set, err := fetch.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	status, err := set.Status()
	if err != nil {
		t.Fatal(err)
	}
	if status.Complete() {
		return
	}
	how := fmt.Sprintf("%s is not here: `go run . data get %s`, or point CURIOUS_DATA to a folder that holds it", name, name)
	if os.Getenv("CURIOUS_TEST_FULL") == "1" && os.Getenv("CURIOUS_TEST_NO_DATA") == "" {
		t.Fatal(how)
	}
	t.Skip(how)
}

// ones is the share of pixels that are on.
func ones(m Images) float64 {
	n := 0
	for _, v := range m.Pix {
		n += int(v)
	}
	return float64(n) / float64(len(m.Pix))
}

func TestBinarizedMNIST(t *testing.T) {
	needReal(t, "binarized-mnist")
	d, err := BinarizedMNIST()
	if err != nil {
		t.Fatal(err)
	}
	// Counted once in the published files, with another program.
	for _, c := range []struct {
		name string
		m    Images
		n    int
		ones float64
	}{{"train", d.Train, 50000, 0.13056}, {"valid", d.Valid, 10000, 0.13113}, {"test", d.Test, 10000, 0.13251}} {
		if c.m.N != c.n || len(c.m.Pix) != c.n*784 || c.m.Levels != 2 {
			t.Errorf("%s: %d images, %d pixels, %d levels", c.name, c.m.N, len(c.m.Pix), c.m.Levels)
		}
		if got := ones(c.m); math.Abs(got-c.ones) > 0.5e-5 {
			t.Errorf("%s: %.6f of the pixels are on, want %.5f", c.name, got, c.ones)
		}
	}
	// Mean number of pixels that are on, as the literature's yardsticks were computed with: 102.4 of 784, 30.5 of 196.
	if got := 784 * ones(d.Train); math.Abs(got-102.4) > 0.05 {
		t.Errorf("%.2f of 784 pixels are on, want 102.4", got)
	}
	half := d.At14()
	if got := 196 * ones(half.Train); math.Abs(got-30.5) > 0.05 {
		t.Errorf("at 14×14, %.2f of 196 pixels are on, want 30.5", got)
	}
	if got, want := d.Title(), "static binarised MNIST 28×28"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	if got, want := half.Title(), "static binarised MNIST 14×14"; got != want {
		t.Errorf("title %q, want %q", got, want)
	}
	if got := d.String(); !strings.HasPrefix(got, "static binarised MNIST 28×28: 50,000 train, 10,000 valid, 10,000 test; real MNIST from ") {
		t.Errorf("line %q", got)
	}
	// The first thousand must be a fair sample: each digit about 100 times, give or take 5 standard deviations.
	for digit, n := range counts(d.Test.First(1000)) {
		if n < 55 || n > 145 {
			t.Errorf("%d of the first 1000 test images are %d", n, digit)
		}
	}
}

// A static test image was drawn from the grey image of the same place after sorting by label, so a pixel may be on only where grey > 0, and off only
// where grey < 255. That this holds for all 10,000 proves the labels.
func TestLabelsOfBinarizedMNIST(t *testing.T) {
	needReal(t, "mnist")
	needReal(t, "binarized-mnist")
	static, err := BinarizedMNIST()
	if err != nil {
		t.Fatal(err)
	}
	grey, err := MNIST()
	if err != nil {
		t.Fatal(err)
	}
	sorted := make([]int, 0, grey.Test.N)
	for digit := range uint8(10) {
		for i, label := range grey.Test.Labels {
			if label == digit {
				sorted = append(sorted, i)
			}
		}
	}
	want := grey.Test.Take(sorted).Shuffled(0)
	if !slices.Equal(static.Test.Labels, want.Labels) {
		t.Error("the labels differ from MNIST's")
	}
	for k, on := range static.Test.Pix {
		if g := want.Pix[k]; on == 1 && g == 0 || on == 0 && g == 255 {
			t.Fatalf("image %d, pixel %d is %d where grey is %d", k/784, k%784, on, g)
		}
	}
}

func counts(m Images) (n [10]int) {
	for _, label := range m.Labels {
		n[label]++
	}
	return n
}

func TestMNIST(t *testing.T) {
	needReal(t, "mnist")
	d, err := MNIST()
	if err != nil {
		t.Fatal(err)
	}
	if d.Train.N != 50000 || d.Valid.N != 10000 || d.Test.N != 10000 || d.Train.Levels != 256 {
		t.Fatalf("%v", d)
	}
	// The well-known class counts of the two files.
	want := [10]int{5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949}
	got := counts(d.Train)
	for digit, n := range counts(d.Valid) {
		got[digit] += n
	}
	if got != want {
		t.Errorf("training file: %v of each digit, want %v", got, want)
	}
	if got := counts(d.Test); got != testCounts {
		t.Errorf("test file: %v of each digit, want %v", got, testCounts)
	}
	// Mean and standard deviation as everybody normalises with: 0.1307, 0.3081.
	var sum, square float64
	for _, m := range []Images{d.Train, d.Valid} {
		for _, v := range m.Pix {
			x := float64(v) / 255
			sum, square = sum+x, square+x*x
		}
	}
	const n = 60000 * 784
	if mean, sd := sum/n, math.Sqrt(square/n-sum/n*sum/n); math.Abs(mean-0.1307) > 5e-5 || math.Abs(sd-0.3081) > 5e-5 {
		t.Errorf("mean %.5f, standard deviation %.5f, want 0.1307, 0.3081", mean, sd)
	}
}

func TestBinarisationsOfMNIST(t *testing.T) {
	needReal(t, "mnist")
	grey, err := MNIST()
	if err != nil {
		t.Fatal(err)
	}
	sharp, err := ThresholdMNIST()
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range sharp.Test.Pix {
		if on := float64(grey.Test.Pix[k])/255 > 0.5; on != (v == 1) {
			t.Fatalf("grey %d becomes %d", grey.Test.Pix[k], v)
		}
	}
	dynamic, err := DynamicMNIST()
	if err != nil {
		t.Fatal(err)
	}
	if !dynamic.Train.Bernoulli || dynamic.Valid.Bernoulli || dynamic.Test.Bernoulli {
		t.Error("of dynamic digits the training part, and it alone, must be drawn for each batch")
	}
	again, err := DynamicMNIST()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(dynamic.Test.Pix, again.Test.Pix) {
		t.Error("the test part must be the same each time")
	}
	titles := map[string]bool{}
	for _, d := range []Digits{grey, sharp, dynamic, grey.At14(), sharp.At14(), dynamic.At14()} {
		titles[d.Title()] = true
		if len(d.Train.Labels) != d.Train.N || len(d.Test.Labels) != d.Test.N {
			t.Errorf("%v: labels are missing", d)
		}
	}
	if len(titles) != 6 {
		t.Errorf("titles %v, want 6 different ones", titles)
	}
}

// The kept form of a file must serve only while it is whole and its source unchanged.
func TestUnpacked(t *testing.T) {
	t.Setenv("CURIOUS_HOME", t.TempDir())
	source := t.TempDir() + "/digits"
	if err := os.WriteFile(source, []byte("source"), 0o644); err != nil {
		t.Fatal(err)
	}
	found := fetch.Found{File: fetch.File{SHA256: "0123456789abcdef0123"}, Path: source}
	for _, want := range []Images{
		{N: 2, H: 2, W: 4, C: 1, Levels: 2, Pix: []uint8{1, 0, 1, 1, 0, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 0}},
		{N: 1, H: 1, W: 3, C: 1, Levels: 256, Pix: []uint8{7, 0, 255}},
	} {
		reads := 0
		load := func() Images {
			m, err := unpacked(found, func() (Images, error) { reads++; return want, nil })
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(m.Pix, want.Pix) || m.N != want.N || m.H != want.H || m.W != want.W || m.C != 1 || m.Levels != want.Levels {
				t.Fatalf("got %+v, want %+v", m, want)
			}
			return m
		}
		expect := func(what string, n int) {
			t.Helper()
			load()
			if reads != n {
				t.Errorf("%s: the source was read %d times, want %d", what, reads, n)
			}
		}
		kept := os.Getenv("CURIOUS_HOME") + "/data/unpacked/0123456789abcdef.pixels"
		os.Remove(kept)
		expect("first", 1)
		expect("second", 1)
		b, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-5] ^= 1
		os.WriteFile(kept, b, 0o644)
		expect("after damage", 2)
		os.Truncate(kept, 20)
		expect("after truncation", 3)
		os.WriteFile(source, []byte("another"), 0o644)
		expect("after a change of the source", 4)
		expect("last", 4)
	}
	// A cache that cannot be written costs time only.
	t.Setenv("CURIOUS_HOME", source)
	if _, err := unpacked(found, func() (Images, error) { return Images{N: 1}, nil }); err != nil {
		t.Error(err)
	}
}

func BenchmarkLoad(b *testing.B) {
	for _, c := range []struct {
		name, set string
		load      func() (Digits, error)
	}{
		{"BinarizedMNIST", "binarized-mnist", BinarizedMNIST},
		{"MNIST", "mnist", MNIST},
		{"ThresholdMNIST", "mnist", ThresholdMNIST},
		{"DynamicMNIST", "mnist", DynamicMNIST},
		{"BinarizedMNIST at 14×14", "binarized-mnist", func() (Digits, error) {
			d, err := BinarizedMNIST()
			return d.At14(), err
		}},
	} {
		b.Run(c.name+"/first", func(b *testing.B) {
			needReal(b, c.set)
			home := b.TempDir() // without the kept form
			b.Setenv("CURIOUS_HOME", home)
			needReal(b, c.set)
			for b.Loop() {
				os.RemoveAll(home + "/data")
				if _, err := c.load(); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/again", func(b *testing.B) {
			needReal(b, c.set)
			for b.Loop() {
				if _, err := c.load(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
