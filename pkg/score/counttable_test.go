package score

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/nn"
)

// The numbers are those of card G, computed there apart from this code.
func TestLadderOnBinarizedMNIST(t *testing.T) {
	digits := realDigits(t, data.BinarizedMNIST)
	testLadder(t, digits, map[string]float64{
		"uniform": 543.43, "one probability": 306.66, "independent pixels": 205.79,
		"left": 145.35, "left, up": 118.68, "4 neighbours": 104.30, "6 neighbours": 101.74, "10 neighbours": 97.24,
		"left, shared": 180.39, "left, up, shared": 137.69, "4 neighbours, shared": 115.70, "6 neighbours, shared": 112.68, "10 neighbours, shared": 104.93,
	})
	testLadder(t, digits.At14(), map[string]float64{
		"uniform": 135.86, "one probability": 85.26, "independent pixels": 54.97,
		"left": 48.47, "left, up": 42.74, "4 neighbours": 38.13, "10 neighbours": 34.82,
	})
}

func testLadder(t *testing.T, digits data.Digits, want map[string]float64) {
	t.Helper()
	ladder, err := Ladder(digits.Train)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range ladder {
		nats, err := table.Nats(digits.Test)
		if err != nil {
			t.Fatal(err)
		}
		if w, ok := want[table.Name]; ok && math.Abs(nats.Mean-w) > 0.01 {
			t.Errorf("%s, %s: %.3f nats, want %.2f", digits.Title(), table.Name, nats.Mean, w)
		}
		delete(want, table.Name)
	}
	if len(want) > 0 {
		t.Errorf("no rungs for %v", want)
	}
}

// stripes are images of two rows by three, each row all on or all off by chance: 2 bits an image.
func stripes(n int) data.Images {
	random := rand.New(rand.NewPCG(5, 6))
	m := data.Images{N: n, H: 2, W: 3, C: 1, Levels: 2}
	for range 2 * n {
		on := uint8(random.IntN(2))
		m.Pix = append(m.Pix, on, on, on)
	}
	return m
}

func TestCountTableLearnsStripes(t *testing.T) {
	table := CountTable{Name: "left", Template: left}
	if err := table.Fit(stripes(100000)); err != nil {
		t.Fatal(err)
	}
	nats, err := table.Nats(stripes(1000))
	if err != nil {
		t.Fatal(err)
	}
	// Two fair coins; the other four pixels follow from their left neighbour.
	if math.Abs(nats.Mean-2*math.Ln2) > 1e-3 || math.Abs(nats.BitsPerDim()-2./6) > 1e-3 {
		t.Errorf("%v, want %.4f nats", nats, 2*math.Ln2)
	}
}

// Every image costs what it costs alone, and the probabilities of all images sum to one.
func TestCountTableIsADistribution(t *testing.T) {
	train := stripes(20)
	ladder, err := Ladder(train)
	if err != nil {
		t.Fatal(err)
	}
	all := data.Images{N: 64, H: 2, W: 3, C: 1, Levels: 2}
	for code := range 64 {
		for bit := range 6 {
			all.Pix = append(all.Pix, uint8(code>>bit&1))
		}
	}
	for _, table := range ladder {
		nats, err := table.Nats(all)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, cost := range nats.Each {
			logProb, err := table.LogProb(all.At(i))
			if err != nil || math.Abs(logProb+cost) > 1e-12 {
				t.Fatalf("%s: image %d: LogProb %v, Nats %v, %v", table.Name, i, logProb, cost, err)
			}
			sum += math.Exp(logProb)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("%s: probabilities sum to %v", table.Name, sum)
		}
	}
}

// (n₁ + ½)/(n₀ + n₁ + 1) for one pixel that was on in 2 of 3 images: 2.5/4.
func TestCountTableIsKrichevskyTrofimov(t *testing.T) {
	var table CountTable
	if err := table.Fit(data.Images{N: 3, H: 1, W: 1, C: 1, Levels: 2, Pix: []uint8{1, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if got, _ := table.LogProb([]uint8{1}); math.Abs(got-math.Log(2.5/4)) > 1e-12 {
		t.Errorf("log p(1) = %v, want %v", got, math.Log(2.5/4))
	}
}

func TestCountTableSamplesWhatItScores(t *testing.T) {
	table := CountTable{Template: leftUp}
	if err := table.Fit(stripes(50)); err != nil {
		t.Fatal(err)
	}
	const n = 20000
	random := rand.New(rand.NewPCG(7, 8))
	samples := data.Images{N: n, H: 2, W: 3, C: 1, Levels: 2}
	for range n {
		samples.Pix = append(samples.Pix, table.Sample(random)...)
	}
	nats, err := table.Nats(samples)
	if err != nil {
		t.Fatal(err)
	}
	entropy := 0.0
	for code := range 64 {
		image := make([]uint8, 6)
		for bit := range image {
			image[bit] = uint8(code >> bit & 1)
		}
		logProb, _ := table.LogProb(image)
		entropy -= math.Exp(logProb) * logProb
	}
	if math.Abs(nats.Mean-entropy) > 4*nats.StdErr {
		t.Errorf("own samples cost %v, the entropy is %v", nats, entropy)
	}
}

func TestCountTableRefuses(t *testing.T) {
	good := stripes(2)
	grey, colour, none := good, good, good
	grey.Pix = []uint8{0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	colour.C = 3
	none.N, none.Pix = 0, nil
	var fitted CountTable
	if err := fitted.Fit(good); err != nil {
		t.Fatal(err)
	}
	fit := func(m data.Images) error { return new(CountTable).Fit(m) }
	for name, err := range map[string]error{
		"grey":     fit(grey),
		"colour":   fit(colour),
		"none":     fit(none),
		"later":    (&CountTable{Template: nn.Taps{{Row: 0, Col: 1}}}).Fit(good),
		"itself":   (&CountTable{Template: nn.Taps{{Row: 0, Col: 0}}}).Fit(good),
		"too many": (&CountTable{Template: nn.Box(-4, -1, -2, 2)}).Fit(good),
		"unfitted": second(new(CountTable).Nats(good)),
		"size":     second(fitted.LogProb(make([]uint8, 5))),
		"level":    second(fitted.LogProb(make([]uint8, 7)[1:])),
		"two":      second(fitted.LogProb([]uint8{0, 0, 0, 2, 0, 0})),
	} {
		if name == "level" {
			if err != nil {
				t.Errorf("six pixels of zero: %v", err)
			}
			continue
		}
		if err == nil || !strings.HasPrefix(err.Error(), "score: ") {
			t.Errorf("%s: %v, want an error of package score", name, err)
		}
	}
	if new(CountTable).Sample(rand.New(rand.NewPCG(1, 1))) != nil {
		t.Error("an unfitted table draws a sample")
	}
}

func second[T any](_ T, err error) error { return err }

func BenchmarkLadder(b *testing.B) {
	digits := realDigits(b, data.BinarizedMNIST)
	for b.Loop() {
		ladder, err := Ladder(digits.Train)
		if err != nil {
			b.Fatal(err)
		}
		for _, table := range ladder {
			if _, err := table.Nats(digits.Test); err != nil {
				b.Fatal(err)
			}
		}
	}
}
