package score_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/score"
)

// near6 is equality to six digits.
func near6(got, want float64) bool { return math.Abs(got-want) <= 0.5e-6*math.Abs(want) }

// The slide's arithmetic, to six digits: log₂ 1000 = 9.965784284662087, times 1.28 million, and so on, by hand.
func TestInformation(t *testing.T) {
	all := score.ImageNet
	all.Images = 1_281_167 // the exact number
	mnist := score.Information{Images: 60_000, Classes: 10, Height: 28, Width: 28, Channels: 1}
	for _, c := range []struct {
		name string
		of   score.Information
		want score.Bits
	}{
		{"slide", score.ImageNet, score.Bits{
			Label: 9.965784, Image: 393_216, Labels: 12_756_204, Images: 503_316_480_000, Ratio: 39_456.60, Orders: 4.596120,
			Weights: 960e6, LabelPerWeight: 0.4252068, ImagePerWeight: 16_777.216,
		}},
		{"exact", all, score.Bits{
			Label: 9.965784, Image: 393_216, Labels: 12_767_834, Images: 503_775_363_072, Ratio: 39_456.60, Orders: 4.596120,
			Weights: 960e6, LabelPerWeight: 0.4255945, ImagePerWeight: 16_792.512,
		}},
		{"MNIST", mnist, score.Bits{Label: 3.321928, Image: 6272, Labels: 199_315.7, Images: 376_320_000, Ratio: 1888.060, Orders: 3.276016}},
		{"coins", score.Information{Images: 1, Classes: 2, Height: 1, Width: 1, Channels: 1, Depth: 1, Weights: 1, WeightBits: 1}, score.Bits{
			Label: 1, Image: 1, Labels: 1, Images: 1, Ratio: 1, Weights: 1, LabelPerWeight: 1, ImagePerWeight: 1,
		}},
	} {
		got, err := c.of.Count()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []struct {
			name      string
			got, want float64
		}{
			{"Label", got.Label, c.want.Label},
			{"Image", got.Image, c.want.Image},
			{"Labels", got.Labels, c.want.Labels},
			{"Images", got.Images, c.want.Images},
			{"Ratio", got.Ratio, c.want.Ratio},
			{"Orders", got.Orders, c.want.Orders},
			{"Weights", got.Weights, c.want.Weights},
			{"LabelPerWeight", got.LabelPerWeight, c.want.LabelPerWeight},
			{"ImagePerWeight", got.ImagePerWeight, c.want.ImagePerWeight},
		} {
			if !near6(v.got, v.want) {
				t.Errorf("%s: %s is %.9g, want %.9g", c.name, v.name, v.got, v.want)
			}
		}
	}
}

func TestBadInformation(t *testing.T) {
	for _, c := range []struct {
		change func(*score.Information)
		want   string
	}{
		{func(i *score.Information) { i.Images = 0 }, "Images is 0: give at least 1"},
		{func(i *score.Information) { i.Classes = 1 }, "Classes is 1: give at least 2"},
		{func(i *score.Information) { i.Height = -1 }, "Height is -1"},
		{func(i *score.Information) { i.Channels = 0 }, "Channels is 0"},
		{func(i *score.Information) { i.Depth = -8 }, "Depth is -8"},
		{func(i *score.Information) { i.Weights = -1 }, "Weights is -1"},
	} {
		of := score.ImageNet
		c.change(&of)
		if _, err := of.Count(); err == nil || !strings.Contains(err.Error(), "score: counting bits: "+c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

// The entropy of MNIST's training labels from how many of each digit the 60,000 hold, and that of its test labels.
func TestLabelEntropy(t *testing.T) {
	of := func(counts ...int) (labels []uint8) {
		for k, n := range counts {
			labels = append(labels, bytes.Repeat([]byte{byte(k)}, n)...)
		}
		return labels
	}
	for _, c := range []struct {
		labels []uint8
		want   float64
	}{
		{of(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949), 3.319871},
		{of(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009), 3.319423},
		{of(1, 1, 1, 1), 2},
		{of(3, 1), 2 - 0.75*math.Log2(3)},
		{of(0, 7), 0},
	} {
		if got, err := score.LabelEntropy(c.labels); err != nil || math.Abs(got-c.want) > 0.5e-6 {
			t.Errorf("%d labels: %.7f bits, %v, want %.7f", len(c.labels), got, err, c.want)
		}
	}
	if _, err := score.LabelEntropy(nil); err == nil || !strings.Contains(err.Error(), "there are none") {
		t.Errorf("no labels: %v", err)
	}
}

// 3.32 bits of label beside the best 81 nats of picture: 2.8 % of the whole.
func TestLabelShare(t *testing.T) {
	if got, err := score.LabelShare(3.319882, 81/math.Ln2); err != nil || math.Abs(got-0.0276249) > 1e-6 {
		t.Errorf("%.7f, %v", got, err)
	}
	for _, bad := range [][2]float64{{0, 0}, {-1, 2}, {1, -2}, {math.NaN(), 1}, {math.Inf(1), 1}} {
		if _, err := score.LabelShare(bad[0], bad[1]); err == nil {
			t.Errorf("a label of %v and an image of %v have a share", bad[0], bad[1])
		}
	}
}

// The density is one at every stage: its area is 1, at the start it is spread over the range, and it has as many free numbers as it says.
func TestBells(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	const from, step, n = -10.0, 0.005, 4000
	grid := make([]float32, n)
	for i := range grid {
		grid[i] = float32(from + step*float64(i))
	}
	for _, bells := range []score.Bells{{}, {K: 1}, {K: 5, Low: -2, High: 3}} {
		exec, err := model.NewExec(e.Backend, model.NewStore(), func(scope *model.Scope, x *Node) *Node { return bells.LogProb(scope, x) })
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.Call1(tensors.FromFlatDataAndDimensions(grid, n))
		if err != nil {
			t.Fatal(err)
		}
		area, mean := 0.0, 0.0
		for i, l := range tensors.MustCopyFlatData[float32](out) {
			p := step * math.Exp(float64(l))
			area, mean = area+p, mean+p*float64(grid[i])
		}
		middle := 0.5
		if bells.High > 0 {
			middle = (bells.Low + bells.High) / 2
		}
		if math.Abs(area-1) > 1e-4 || math.Abs(mean-middle) > 1e-3 {
			t.Errorf("%+v: area %.5f, mean %.4f, want 1 and %.1f", bells, area, mean, middle)
		}
		exec.Finalize()
	}
}

func TestShuffledBlocks(t *testing.T) {
	random := data.PenStrokes(data.PenConfig{N: 20, Seed: 3, Size: 15})
	shuffled, err := score.ShuffledBlocks(random, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := score.ShuffledBlocks(random, 2, 1)
	other, _ := score.ShuffledBlocks(random, 2, 2)
	if !bytes.Equal(shuffled.Pix, again.Pix) || bytes.Equal(shuffled.Pix, other.Pix) || bytes.Equal(shuffled.Pix, random.Pix) {
		t.Error("a seed does not tell what is drawn")
	}
	for n := range random.N {
		a, b := random.At(n), shuffled.At(n)
		for y := 0; y < 14; y += 2 {
			for x := 0; x < 14; x += 2 {
				block := func(pix []uint8) []uint8 {
					four := []uint8{pix[y*15+x], pix[y*15+x+1], pix[(y+1)*15+x], pix[(y+1)*15+x+1]}
					slices.Sort(four)
					return four
				}
				if !slices.Equal(block(a), block(b)) {
					t.Fatalf("image %d, block at (%d, %d): %v became %v", n, y, x, block(a), block(b))
				}
			}
		}
		for k := range 15 { // the odd row and column
			if a[14*15+k] != b[14*15+k] || a[k*15+14] != b[k*15+14] {
				t.Fatalf("image %d: the rest at the edge changed", n)
			}
		}
	}
	// Every place of a block is reached equally often: 4,000 blocks with one pixel on, 1,000 ± 4·27 in each place.
	one := data.Images{N: 4000, H: 2, W: 2, C: 1, Levels: 2, Pix: bytes.Repeat([]byte{1, 0, 0, 0}, 4000)}
	moved, err := score.ShuffledBlocks(one, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	var counts [4]int
	for k, v := range moved.Pix {
		counts[k%4] += int(v)
	}
	for _, n := range counts {
		if n < 890 || n > 1110 {
			t.Errorf("the pixel came to the four places %v times of 4,000", counts)
		}
	}
	// A pixel's channels stay together.
	colour := data.Images{N: 1, H: 2, W: 2, C: 3, Levels: 256, Pix: []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	mixed, err := score.ShuffledBlocks(colour, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	for k := 0; k < 12; k += 3 {
		if p := mixed.Pix[k : k+3]; p[0]%3 != 1 || p[1] != p[0]+1 || p[2] != p[0]+2 {
			t.Errorf("the pixels are %v", mixed.Pix)
		}
	}
}

func TestShuffledLabels(t *testing.T) {
	images := data.PenStrokes(data.PenConfig{N: 500, Seed: 1})
	shuffled, err := score.ShuffledLabels(images, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(images.Pix, shuffled.Pix) {
		t.Error("the pictures changed")
	}
	same := 0
	for i := range images.Labels {
		if images.Labels[i] == shuffled.Labels[i] {
			same++
		}
	}
	if same < 20 || same > 90 { // one in ten stays by chance: 50 ± 4·6.7
		t.Errorf("%d of 500 images kept their class", same)
	}
	a, b := slices.Sorted(slices.Values(images.Labels)), slices.Sorted(slices.Values(shuffled.Labels))
	if !slices.Equal(a, b) {
		t.Error("the classes are not the same ones")
	}
}

// A model of one pixel that is the class with probability q. Without the class it is a fair coin.
func TestNatsClassless(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	const n, q = 100, 0.9
	images := data.Images{N: n, H: 1, W: 1, C: 1, Levels: 2}
	for i := range n {
		images.Pix, images.Labels = append(images.Pix, uint8(i%2)), append(images.Labels, uint8(i%2))
	}
	logProb := func(_ *model.Scope, x, y *Node) *Node {
		sign := AddScalar(MulScalar(ConvertDType(y, x.DType()), 2), -1)
		return dist.BernoulliLogProb(Reshape(x, -1), MulScalar(sign, math.Log(q/(1-q))))
	}
	store := model.NewStore()
	whole, err := score.NatsGiven(e.Backend, store, logProb, images, 32)
	if err != nil {
		t.Fatal(err)
	}
	classless, err := score.NatsClassless(e.Backend, store, logProb, images, 2, 32)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if math.Abs(whole.Each[i]+math.Log(q)) > 1e-5 || math.Abs(classless.Each[i]-math.Ln2) > 1e-5 {
			t.Fatalf("image %d costs %.5f, and %.5f without its class: want %.5f and %.5f", i, whole.Each[i], classless.Each[i], -math.Log(q), math.Ln2)
		}
	}
	for _, k := range []int{0, 257} {
		if _, err := score.NatsClassless(e.Backend, store, logProb, images, k, 32); err == nil || !strings.Contains(err.Error(), "give 1 to 256") {
			t.Errorf("%d classes: %v", k, err)
		}
	}
}

// Differences are taken image by image: 1, 3 more without the class (2 ± 1), 20, 20 more as dust.
func TestBitsNotEqual(t *testing.T) {
	of := func(each ...float64) score.Estimate {
		return score.Estimate{Mean: (each[0] + each[1]) / 2, N: 2, Each: each}
	}
	got, err := score.BitsNotEqual(of(10, 30), of(11, 33), of(30, 50))
	if err != nil || got.High != 2 || math.Abs(got.HighErr-1) > 1e-12 || got.Low != 20 || got.LowErr != 0 || got.Ratio() != 10 {
		t.Errorf("%+v, %v", got, err)
	}
	if want := "20.00 nats; without the class +2.00 ± 1.00; pixels shuffled within blocks +20.00 ± 0.00, 10.0 times as much"; got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
	for _, bad := range [][3]score.Estimate{{of(1, 2), {}, of(1, 2)}, {of(1, 2), of(1, 2), {}}, {}} {
		if _, err := score.BitsNotEqual(bad[0], bad[1], bad[2]); err == nil || !strings.Contains(err.Error(), "the same images") {
			t.Errorf("%v", err)
		}
	}
}

func TestShuffledDigits(t *testing.T) {
	part := func(seed int64) data.Images { return data.PenStrokes(data.PenConfig{N: 20, Seed: seed, Size: 14}) }
	digits := data.Digits{Train: part(1), Valid: part(1), Test: part(1), Variant: data.ThresholdBinary, Height: 14, Width: 14}
	shuffled, err := score.ShuffledDigits(digits, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if want := "pen-stroke digits, threshold binarised, 2×2-shuffled, 14×14"; shuffled.Title() != want {
		t.Errorf("%q, want %q", shuffled.Title(), want)
	}
	if bytes.Equal(shuffled.Train.Pix, digits.Train.Pix) || bytes.Equal(shuffled.Train.Pix, shuffled.Test.Pix) || !bytes.Equal(digits.Train.Pix, digits.Test.Pix) {
		t.Error("the parts are shuffled in the same way, or in place")
	}
	if _, err := score.ShuffledDigits(digits, 15, 1); err == nil {
		t.Error("blocks larger than the digits")
	}
}

func TestBadDestruction(t *testing.T) {
	images := data.PenStrokes(data.PenConfig{N: 3})
	chances := images
	chances.Bernoulli = true
	unlabelled := images
	unlabelled.Labels = nil
	blocks := func(m data.Images, side int) error {
		_, err := score.ShuffledBlocks(m, side, 1)
		return err
	}
	labels := func(m data.Images) error {
		_, err := score.ShuffledLabels(m, 1)
		return err
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{blocks(data.Images{}, 2), "shuffling pixels within blocks: 0 images"},
		{blocks(chances, 2), "draw them first"},
		{blocks(images, 1), "blocks of 1×1 in images of 28×28"},
		{blocks(images, 29), "blocks of 29×29"},
		{labels(unlabelled), "shuffling classes: 0 labels for 3 images"},
		{labels(data.Images{}), "0 labels for 0 images"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "score: ") || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v, want %q", c.err, c.want)
		}
	}
}

func ExampleInformation_Count() {
	bits, err := score.ImageNet.Count()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("labels %.2f Mbit, images %.1f Gbit: %.0f times as much\n", bits.Labels/1e6, bits.Images/1e9, bits.Ratio)
	fmt.Printf("for each weight %.3f bits of labels, %.0f of images\n", bits.LabelPerWeight, bits.ImagePerWeight)
	// Output:
	// labels 12.76 Mbit, images 503.3 Gbit: 39457 times as much
	// for each weight 0.425 bits of labels, 16777 of images
}
