package subscale_test

import (
	"bytes"
	"maps"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/train"
)

// pictures are random images of the model's size.
func pictures(c subscale.Config, n int) data.Images {
	m := data.Images{N: n, H: c.Height, W: c.Width, C: c.Colours, Levels: 1 << c.Bits}
	for _, v := range random(c, n) {
		m.Pix = append(m.Pix, uint8(math.Round(float64(v)*float64(m.Levels-1))))
	}
	return m
}

// untrained is a run of a model with random weights.
func untrained(t testing.TB, c subscale.Config) *subscale.Run {
	t.Helper()
	e := open(t)
	return &subscale.Run{
		Run:    &train.Run{Settings: train.Settings{Name: "subscale", Preset: "quick", Config: c}, Store: shaken(t, e.Backend, c), Backend: e.Backend},
		Recipe: subscale.Recipe{Model: c},
	}
}

// Section G: symbol by symbol with caches, the logits are those of the full pass, on every engine, whether slices are drawn side by side or in turn. True symbols are fed
// in place of drawn ones.
func TestIncrementalEqualsFull(t *testing.T) {
	const n = 3
	all := maps.Clone(models)
	far := small(subscale.Config{Height: 12, Width: 4, Slices: 2}) // its embedding sees 5 rows down, and two lanes serve four slices
	far.First, far.Blocks = 7, 2
	all["far"] = far
	for kind, backend := range backends(t) {
		for name, c := range all {
			if kind == "go" && name != "all" {
				continue
			}
			t.Run(kind+", "+name, func(t *testing.T) {
				store := shaken(t, backend, c)
				images := pictures(c, n)
				planes, err := c.Split(images)
				if err != nil {
					t.Fatal(err)
				}
				out, err := model.CallOnce(backend, store, func(scope *model.Scope, x *Node) *Node { return c.Logits(scope, c.Planes(x)) }, images.Tensor())
				if err != nil {
					t.Fatal(err)
				}
				full, k, order := tensors.MustCopyFlatData[float32](out), out.Shape().Dim(2), c.Order()
				for way, draw := range subscale.Ways {
					asked := make([]int, n*len(order))
					err := draw(backend, store, c, n)(func(symbol, b int, logits []float32) uint8 {
						asked[b*len(order)+symbol]++
						for level, got := range logits {
							want := full[(b*len(order)+symbol)*k+level]
							if never := want == -1e9; never && !math.IsInf(float64(got), -1) && got != want || !never && !(math.Abs(float64(got-want)) <= 1e-5) {
								t.Fatalf("%s: symbol %d, image %d, level %d: logit %v, in full %v", way, symbol, b, level, got, want)
							}
						}
						return planes.Pix[b*len(order)+order[symbol]]
					})
					if err != nil || slices.Min(asked) != 1 || slices.Max(asked) != 1 {
						t.Errorf("%s: symbols are asked for %d to %d times: %v", way, slices.Min(asked), slices.Max(asked), err)
					}
				}
			})
		}
	}
}

// Reset forgets all, and there is no symbol after the last.
func TestStepperResets(t *testing.T) {
	e := open(t)
	c := models["all"]
	stepper, err := subscale.NewStepper(e.Backend, shaken(t, e.Backend, c), c, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer stepper.Close()
	var seen [2][]float32
	for round := range seen {
		var drawn []uint8
		for range c.Order() {
			logits, err := stepper.Next(drawn)
			if err != nil {
				t.Fatal(err)
			}
			drawn = []uint8{1}
			seen[round] = append(seen[round], logits...)
		}
		if _, err := stepper.Next(drawn); err == nil {
			t.Error("a symbol after the last")
		}
		stepper.Reset()
	}
	if !slices.Equal(seen[0], seen[1]) {
		t.Error("after Reset other logits come")
	}
}

// Side by side, pixels wait for fewer others: written down by hand for 28·28 pixels, filters that see 3 rows down, and rows of 14; and for larger images the share falls.
func TestTicks(t *testing.T) {
	if got, turn := (subscale.Config{}).Ticks(); got != (14+3*4)*14 || turn != 784 {
		t.Errorf("%d and %d pixels wait for each other", got, turn)
	}
	if got, turn := (subscale.Config{Height: 256, Width: 256, Slices: 4}).Ticks(); got != (64+15*4)*64 || turn != 65536 {
		t.Errorf("%d and %d pixels wait for each other", got, turn)
	}
}

// All ways to draw see the same random numbers, so they must draw the same images, also where some symbols are given.
func TestDrawEqualsNaive(t *testing.T) {
	e := open(t)
	for _, name := range []string{"2·2 slices", "all"} {
		c := models[name]
		store := shaken(t, e.Backend, c)
		given := pictures(c, 4)
		for _, d := range []subscale.Drawing{{Seed: 5}, {Seed: 5, Given: &given, Keep: 1}, {Seed: 5, Given: &given, Keep: len(c.Groups())}} {
			var drawn [3]data.Images
			for way := range drawn {
				d.InTurn, d.Naive = way == 1, way == 2
				var err error
				if drawn[way], err = subscale.Draw(e.Backend, store, c, 4, d); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(drawn[way].Pix, drawn[0].Pix) {
					t.Errorf("%s, keeping %d groups: in way %d other images come out", name, d.Keep, way)
				}
			}
			fast := drawn[0]
			if equal := slices.Equal(fast.Pix, given.Pix); equal != (d.Keep == len(c.Groups())) || slices.Max(fast.Pix) == slices.Min(fast.Pix) {
				t.Errorf("%s, keeping %d groups: the given images come out: %v; or all pixels are alike", name, d.Keep, equal)
			}
		}
	}
}

// Every image of 2·4 pixels can be enumerated, and of 4,000 drawn ones each must come as often as it should.
func TestSamplesAgreeWithScores(t *testing.T) {
	for _, c := range []subscale.Config{{Height: 2, Width: 4, Slices: 2}, {Height: 2, Width: 2, Slices: 2, Bits: 2, High: 1, Small: true}} {
		c := small(c)
		run := untrained(t, c)
		sample := func(n int) ([]uint8, error) {
			images, err := run.Sample(n, subscale.Drawing{Seed: 11})
			return images.Pix, err
		}
		if err := check.SampleAgreesWithScore(run.Backend, run.Store, run.LogProb, sample, c.Height, c.Width, 1<<c.Bits, 4000); err != nil {
			t.Error(err)
		}
	}
}

// Real bytes: images come back from a file that is as long as they cost.
func TestCoder(t *testing.T) {
	for _, name := range []string{"colour", "all"} {
		t.Run(name, func(t *testing.T) {
			c := models[name]
			run := untrained(t, c)
			images := pictures(c, 8)
			planes, err := c.Split(images)
			if err != nil {
				t.Fatal(err)
			}
			coder := run.Coder()
			defer coder.Close()
			var file bytes.Buffer
			stats, err := coding.Encode(&file, coder, planes)
			if err != nil {
				t.Fatal(err)
			}
			cost, err := run.Nats(images)
			if err != nil {
				t.Fatal(err)
			}
			if want := cost.Bits() * 8; math.Abs(stats.NLL-want) > 1e-3*want || float64(stats.Bits-stats.Header())-stats.NLL > 40 {
				t.Errorf("%v; by the full pass %.1f bits", stats, want)
			}
			back, err := coding.Decode(bytes.NewReader(file.Bytes()), coder)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := c.Join(back); err != nil || !slices.Equal(again.Pix, images.Pix) || again.C != c.Colours || again.Levels != images.Levels {
				t.Errorf("other images come back, or an error: %v", err)
			}
		})
	}
}
