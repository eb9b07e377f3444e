package coding

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"testing"
)

// logits are those of a random distribution over k symbols: flat for sharpness 0, nearly certain for 30.
func logits(random *rand.Rand, k int, sharpness float64) []float32 {
	l := make([]float32, k)
	for i := range l {
		l[i] = float32(random.NormFloat64() * sharpness)
	}
	return l
}

// Whatever the distribution, the frequencies sum to 2^24, none is 0, and no symbol costs more above −log₂ p than [Quantise] says.
func TestQuantise(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	cases := [][]float32{
		{0}, {-1e30}, {0, 0}, {0, float32(math.Log(1e-12))}, {float32(math.Log(1e-12)), 0}, // p = 1 − 1e-12
		{0, float32(math.Inf(-1))}, {math.MaxFloat32, -math.MaxFloat32}, {-1e30, -1e30, -1e30}, {1e-40, 0}, make([]float32, 256),
	}
	peaked := make([]float32, 256)
	peaked[17] = 40
	cases = append(cases, peaked)
	for _, k := range []int{2, 3, 16, 255, 256} {
		for _, sharpness := range []float64{0, 1e-3, 1, 5, 30, 1000} {
			for range 20 {
				cases = append(cases, logits(random, k, sharpness))
			}
		}
	}
	worst := 0.0
	var f Frequencies
	for _, l := range cases {
		var err error
		if f, err = Quantise(f, l); err != nil {
			t.Fatalf("%v: %v", l, err)
		}
		sum := uint64(0)
		for k, freq := range f {
			sum += uint64(freq)
			cost := Precision - math.Log2(float64(freq))
			bound := math.Log2E*float64(len(l))/whole*1.001 + 6e-8 // the last term is the exponential's rounding
			extra := cost - surprise(l, k)
			if freq < 1 || extra > bound {
				t.Fatalf("%v: symbol %d has frequency %d: %g bits above −log₂ p, allowed %g", l, k, freq, extra, bound)
			}
			worst = max(worst, extra)
		}
		if sum != whole || len(f) != len(l) {
			t.Fatalf("%v: %d frequencies that sum to %d", l, len(f), sum)
		}
	}
	t.Logf("at most %.2g bits a symbol above −log₂ p", worst)
}

// Every machine must compute these same frequencies. The logits come from whole numbers alone; the checksum is that of amd64, of 386 with and without floating-point
// instructions, and of WebAssembly.
func TestQuantiseIsTheSameEverywhere(t *testing.T) {
	state, sum := uint64(1), uint32(0)
	for range 2000 {
		l := make([]float32, 2+state>>33%255)
		for k := range l {
			state = state*6364136223846793005 + 1442695040888963407
			l[k] = float32(int64(state)>>24) / (1 << 35) // ±16
		}
		f, err := Quantise(nil, l)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := binary.Append(nil, binary.LittleEndian, f)
		if err != nil {
			t.Fatal(err)
		}
		sum = crc32.Update(sum, castagnoli, raw)
	}
	if want := uint32(0xf676f5e4); sum != want {
		t.Errorf("checksum %#x, want %#x", sum, want)
	}
}

func TestExp(t *testing.T) {
	for i := range 40000 {
		x := float64(i) / 1000
		if got, want := float64(exp(x))/(1<<54), math.Exp(-x); math.Abs(got-want) > 2.1e-8*want+1.0/(1<<54) {
			t.Fatalf("exp(−%g) = %g, want %g", x, got, want)
		}
	}
	if exp(0) != 1<<54 || exp(38) != 0 || exp(math.Inf(1)) != 0 {
		t.Errorf("exp(0), exp(−38), exp(−∞) = %d, %d, %d", exp(0), exp(38), exp(math.Inf(1)))
	}
}

func TestQuantiseRefuses(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		logits []float32
		want   string
	}{
		{nil, "0 logits: a distribution is over 1 to 256"},
		{make([]float32, 257), "257 logits"},
		{[]float32{0, nan}, "logit 1 is NaN"},
		{[]float32{nan, 0}, "logit 0 is NaN"},
		{[]float32{inf, 0}, "logit 0 is +Inf"},
		{[]float32{-inf, -inf}, "all logits are −Inf"},
	} {
		_, err := Quantise(nil, c.logits)
		says(t, err, "coding: quantising: "+c.want)
	}
}

func TestStack(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for round := range 200 {
		k := []int{1, 2, 3, 256}[round%4]
		sharpness := []float64{0, 1, 10, 40}[round/4%4]
		s, ideal := NewStack(), 0.0
		var pushed []Interval
		var from []Frequencies
		for range random.IntN(300) {
			f, err := Quantise(nil, logits(random, k, sharpness))
			if err != nil {
				t.Fatal(err)
			}
			interval := f.Interval(random.IntN(k))
			if err := s.Push(interval); err != nil {
				t.Fatal(err)
			}
			pushed, from = append(pushed, interval), append(from, f)
			ideal += Precision - math.Log2(float64(interval.Freq))
		}
		if got := float64(s.Bits()); got < ideal+32-1e-3 || got > ideal*1.0001+65 {
			t.Errorf("round %d: %g bits for symbols of %g", round, got, ideal)
		}
		for i := len(pushed) - 1; i >= 0; i-- {
			_, interval, err := from[i].Find(s.Peek())
			if err == nil && interval != pushed[i] {
				t.Fatalf("round %d: popped %v, pushed %v", round, interval, pushed[i])
			}
			if err == nil {
				err = s.Pop(interval)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if !s.Empty() {
			t.Errorf("round %d: something is left", round)
		}
		if err := s.Pop(Interval{0, 5}); err != ErrEmpty {
			t.Errorf("popping from nothing: %v", err)
		}
	}
}

func TestStackRefuses(t *testing.T) {
	s := NewStack()
	for _, v := range []Interval{{}, {0, whole + 1}, {whole, 1}, {math.MaxUint32, 2}, {1, math.MaxUint32}} {
		says(t, s.Push(v), "coding: a symbol of the interval")
		says(t, s.Pop(v), "coding: a symbol of the interval")
	}
	says(t, s.Pop(Interval{1, 1}), "coding: popping the symbol of [1, 2): the one on top is at 0")
	_, _, err := Frequencies{1, 2}.Find(3)
	says(t, err, "coding: finding the symbol at 3: the frequencies sum to 3")
	if !s.Empty() {
		t.Error("a refused symbol was pushed")
	}
}

func BenchmarkQuantise(b *testing.B) {
	for _, k := range []int{2, 256} {
		b.Run(map[int]string{2: "K=2", 256: "K=256"}[k], func(b *testing.B) {
			l := logits(rand.New(rand.NewPCG(1, 1)), k, 2)
			var f Frequencies
			for b.Loop() {
				f, _ = Quantise(f, l)
			}
		})
	}
}

func BenchmarkStack(b *testing.B) {
	f, err := Quantise(nil, logits(rand.New(rand.NewPCG(1, 1)), 2, 2))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := NewStack()
		for i := range 1000 {
			_ = s.Push(f.Interval(i & 1))
		}
		for range 1000 {
			_, v, _ := f.Find(s.Peek())
			_ = s.Pop(v)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/symbol")
}
