package data

import (
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"
)

// Scene i depends on the seed and i only: not on how many are drawn, nor on the number of cores.
func TestScenesDependOnSeedAndIndex(t *testing.T) {
	few, f := Scenes(SceneConfig{N: 3, Seed: 1})
	many, g := Scenes(SceneConfig{N: 40, Seed: 1})
	other, _ := Scenes(SceneConfig{N: 3, Seed: 2})
	if !slices.Equal(few.Pix, many.First(3).Pix) || !slices.Equal(few.Labels, many.Labels[:3]) || !slices.Equal(f.Ball, g.Ball[:3]) {
		t.Error("the first three scenes change with the number drawn")
	}
	if slices.Equal(few.Pix, other.Pix) {
		t.Error("another seed draws the same")
	}
	if none, _ := Scenes(SceneConfig{N: -1}); none.N != 0 {
		t.Errorf("%d scenes of -1", none.N)
	}
	// The pictures themselves: a change of the brush changes results, and has to be meant. There is room for processors that differ in the last bit of a fused product.
	if got := crc32.ChecksumIEEE(many.Labels); got != 157993485 {
		t.Errorf("labels have the checksum %d", got)
	}
	light := 0
	for _, v := range many.Pix {
		light += int(v)
	}
	if want := 14206493; abs(light-want) > 20 {
		t.Errorf("%d levels of light, want %d", light, want)
	}
}

// The grain is what is left over, as often one way as another, and never cut at black or white: its entropy is the floor.
func TestSceneGrain(t *testing.T) {
	const n = 60
	for _, grain := range []int{1, 2, 5} {
		clean, _ := Scenes(SceneConfig{N: n, Seed: 4, Size: 16, Grain: -1})
		grainy, _ := Scenes(SceneConfig{N: n, Seed: 4, Size: 16, Grain: grain})
		counts := make([]float64, 2*grain+1)
		for k, v := range grainy.Pix {
			by := int(v) - min(max(int(clean.Pix[k]), grain), 255-grain)
			if by < -grain || by > grain {
				t.Fatalf("value %d is %d, and %d without grain", k, v, clean.Pix[k])
			}
			counts[by+grain]++
		}
		entropy := 0.0
		for _, c := range counts {
			p := c / float64(len(clean.Pix))
			entropy -= p * math.Log2(p)
		}
		if floor := (SceneConfig{Grain: grain}).Floor(); math.Abs(entropy-floor) > 0.001 || math.Abs(floor-math.Log2(float64(2*grain+1))) > 1e-12 {
			t.Errorf("grain %d has %.5f bits, the floor is %.5f", grain, entropy, floor)
		}
	}
	if floor := (SceneConfig{Grain: -1}).Floor(); floor != 0 {
		t.Errorf("no grain has %g bits", floor)
	}
}

// What the factors say is in the picture: the ball's middle has its hue's strongest colour, and light comes from the sun's side.
func TestSceneFactors(t *testing.T) {
	m, f := Scenes(SceneConfig{N: 400, Seed: 2, Grain: -1})
	kinds := map[uint8]int{}
	hues, lit := 0, 0
	for i := range m.N {
		kinds[m.Labels[i]]++
		pixel := func(row, col float32) []uint8 {
			at := int(row*float32(m.H))*m.W + int(col*float32(m.W))
			return m.At(i)[3*at : 3*at+3]
		}
		ball := f.Ball[i]
		middle := pixel(ball.Row, ball.Col)
		strongest := 0
		for c := range middle {
			if middle[c] > middle[strongest] {
				strongest = c
			}
		}
		if want := int(math.Round(float64(f.Hue[i])*3)) % 3; strongest == want {
			hues++
		}
		side := 0.5 * f.Radius[i]
		sum := func(p []uint8) int { return int(p[0]) + int(p[1]) + int(p[2]) }
		if left, right := sum(pixel(ball.Row, ball.Col-side)), sum(pixel(ball.Row, ball.Col+side)); (right > left) == (f.Sun[i] > 0) {
			lit++
		}
		if f.Horizon[i] < 0.35 || f.Horizon[i] > 0.6 || f.Radius[i] < 0.1 || f.Radius[i] > 0.17 {
			t.Errorf("horizon %v, radius %v", f.Horizon[i], f.Radius[i])
		}
	}
	if hues < 380 || lit < 380 {
		t.Errorf("%d of 400 balls have their hue, %d their light", hues, lit)
	}
	for kind := range SceneKinds {
		if n := kinds[uint8(kind)]; n < 20 || n > 80 {
			t.Errorf("%d of 400 scenes are %s", n, SceneKinds[kind])
		}
	}
}

// The ball is found in most scenes, by what stands out: a judge for what a model draws.
func TestFindBall(t *testing.T) {
	m, f := Scenes(SceneConfig{N: 100, Seed: 9, Size: 16})
	found := 0
	for i, spot := range FindBall(m.Floats(), 16, 16) {
		if math.Hypot(float64(spot.Row-f.Ball[i].Row), float64(spot.Col-f.Ball[i].Col)) < 0.1 {
			found++
		}
	}
	if found < 75 {
		t.Errorf("%d balls of 100 are found", found)
	}
}

func TestSceneSet(t *testing.T) {
	set := SceneSet(8)
	if got, want := set.String(), "small scenes 8×8: 6,000 train, 1,000 valid, 1,000 test; drawn by our own brush, seed 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if len(set.Spots.Train) != 6000 || len(set.Spots.Valid) != 1000 || len(set.Spots.Test) != 1000 || len(set.Classes) != len(lands) {
		t.Errorf("%d, %d, %d places, %d classes", len(set.Spots.Train), len(set.Spots.Valid), len(set.Spots.Test), len(set.Classes))
	}
	few, err := set.Quantised(4)
	if err != nil || few.Title() != "small scenes, 4 levels, 8×8" || few.Floor != 0 || slices.Max(few.Test.Pix) > 3 || few.Train.Levels != 4 {
		t.Errorf("%v %v", few, err)
	}
	for _, levels := range []int{1, 257, -3} {
		if _, err := set.Quantised(levels); err == nil || !strings.HasPrefix(err.Error(), "data: quantising images of 256 levels to ") {
			t.Errorf("%d levels: %v", levels, err)
		}
	}
	if _, err := (Images{Levels: 256, Bernoulli: true}).Quantised(2); err == nil {
		t.Error("chances were quantised")
	}
	m, err := Images{N: 1, H: 1, W: 5, C: 1, Levels: 256, Pix: []uint8{0, 63, 64, 128, 255}}.Quantised(4)
	if err != nil || !slices.Equal(m.Pix, []uint8{0, 0, 1, 2, 3}) {
		t.Error(m.Pix, err)
	}
}

func TestDigitsAsPictures(t *testing.T) {
	pens := Digits{Train: PenStrokes(PenConfig{N: 2}), Variant: Grey, Height: 28, Width: 28}
	p := pens.PictureSet()
	if p.Title() != pens.Title() || len(p.Classes) != 10 || p.Classes[9] != "9" {
		t.Errorf("%q, want %q; classes %v", p.Title(), pens.Title(), p.Classes)
	}
	pens.Real, pens.Train.Labels = true, nil
	if p := pens.PictureSet(); p.Title() != pens.Title() || p.Classes != nil {
		t.Errorf("%q, want %q; classes %v", p.Title(), pens.Title(), p.Classes)
	}
}

func BenchmarkScenes(b *testing.B) {
	for b.Loop() {
		Scenes(SceneConfig{N: 1000, Seed: 1})
	}
}
