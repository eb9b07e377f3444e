package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/curious-go/curious/pkg/data"
)

// blobs are n points of d features around one centre for each class, spread as asked.
func blobs(n, d, classes int, spread float64) (x []float32, y []uint8) {
	random := rand.New(rand.NewPCG(1, 2))
	centres := make([]float64, classes*d)
	for i := range centres {
		centres[i] = random.NormFloat64()
	}
	for i := range n {
		class := i % classes
		y = append(y, uint8(class))
		for j := range d {
			// Uneven scales and offsets, so that standardising has something to do.
			x = append(x, float32((centres[class*d+j]+spread*random.NormFloat64())*float64(1+j)+10*float64(j)))
		}
	}
	return x, y
}

func TestProbeGradientIsThatOfItsValue(t *testing.T) {
	x, y := blobs(50, 3, 4, 1)
	p := newLogistic(x, 3, y, 0.1)
	at := make([]float64, 4*4)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range at {
		at[i] = random.NormFloat64()
	}
	gradient := make([]float64, len(at))
	p.gradient(gradient, at)
	for i := range at {
		const step = 1e-5
		up, down := slices.Clone(at), slices.Clone(at)
		up[i] += step
		down[i] -= step
		if want := (p.value(up) - p.value(down)) / (2 * step); math.Abs(want-gradient[i]) > 1e-7 {
			t.Errorf("gradient[%d] = %v, by differences %v", i, gradient[i], want)
		}
	}
}

// The optimum is convex and unique, so that Newton's method, written here on dense matrices for two classes, must find the same one.
func TestProbeFindsTheOptimumThatNewtonFinds(t *testing.T) {
	const n, d, l2 = 200, 3, 0.01
	x, y := blobs(n, d, 2, 2)
	r, err := LinearProbe{L2: l2}.Probe(x, d, y, x, y)
	if err != nil {
		t.Fatal(err)
	}
	if r.Gradient > 1e-5 {
		t.Errorf("the gradient at the end is %v, want 0", r.Gradient)
	}

	features := mat.NewDense(n, d+1, nil) // standardised, and a column of ones for the bias
	for j := range d {
		column := make([]float64, n)
		mean, square := 0.0, 0.0
		for i := range column {
			column[i] = float64(x[i*d+j])
			mean += column[i] / n
		}
		for i := range column {
			square += (column[i] - mean) * (column[i] - mean) / n
		}
		for i := range column {
			features.Set(i, j, (column[i]-mean)/math.Sqrt(square))
		}
	}
	for i := range n {
		features.Set(i, d, 1)
	}
	// With weights ±w/2 on the two classes, ‖W‖² is half of ‖w‖².
	w := mat.NewVecDense(d+1, nil)
	on := func(i int) float64 { return 1 / (1 + math.Exp(-mat.Dot(features.RowView(i), w))) }
	for range 30 {
		gradient := mat.NewVecDense(d+1, nil)
		hessian := mat.NewDense(d+1, d+1, nil)
		for i := range n {
			p, row := on(i), features.RowView(i)
			gradient.AddScaledVec(gradient, (p-float64(y[i]))/n, row)
			var outer mat.Dense
			outer.Outer(p*(1-p)/n, row, row)
			hessian.Add(hessian, &outer)
		}
		for j := range d {
			gradient.SetVec(j, gradient.AtVec(j)+l2/2*w.AtVec(j))
			hessian.Set(j, j, hessian.At(j, j)+l2/2)
		}
		var step mat.VecDense
		if err := step.SolveVec(hessian, gradient); err != nil {
			t.Fatal(err)
		}
		w.SubVec(w, &step)
	}
	for i := range n {
		if got, want := r.Classifier.Probabilities(x[i*d:])[1], on(i); math.Abs(got-want) > 1e-4 {
			t.Fatalf("p(1|example %d) = %v, Newton's method finds %v", i, got, want)
		}
	}
}

func TestProbeSeparatesWhatCanBeSeparated(t *testing.T) {
	x, y := blobs(300, 5, 3, 0.05)
	r, err := Probe(x[:200*5], 5, y[:200], x[200*5:], y[200:])
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy != 1 || r.TrainAccuracy != 1 {
		t.Errorf("accuracy %v, train %v: both are 1 for clusters twenty widths apart", r.Accuracy, r.TrainAccuracy)
	}
}

// Features that say nothing leave the frequencies of the labels, whose entropy is the best NLL: here ½ log 2 + ¼ log 4 + ¼ log 4.
func TestProbeOfNothingIsTheEntropyOfTheLabels(t *testing.T) {
	y := slices.Repeat([]uint8{0, 1, 2, 0}, 25)
	r, err := Probe(make([]float32, 200), 2, y, make([]float32, 200), y)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1.5 * math.Ln2; math.Abs(r.NLL-want) > 1e-6 || r.Accuracy != 0.5 {
		t.Errorf("NLL %v, accuracy %v, want %v and 0.5", r.NLL, r.Accuracy, want)
	}
}

func TestProbeIsTheSameEachTime(t *testing.T) {
	x, y := blobs(500, 7, 4, 2)
	a, errA := Probe(x, 7, y, x, y)
	b, errB := Probe(x, 7, y, x, y)
	if errA != nil || errB != nil || a.NLL != b.NLL || !slices.Equal(a.Classifier.weights, b.Classifier.weights) {
		t.Errorf("two probes of the same features: %v and %v, errors %v, %v", a, b, errA, errB)
	}
}

func TestProbeRefuses(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		x []float32
		d int
		y []uint8
	}{
		"too few labels": {make([]float32, 10), 2, make([]uint8, 4)},
		"no features":    {nil, 0, []uint8{0, 1}},
		"nothing":        {nil, 2, nil},
		"one class":      {make([]float32, 4), 2, []uint8{3, 3}},
		"not a number":   {[]float32{1, nan}, 1, []uint8{0, 1}},
	} {
		if _, err := Probe(c.x, c.d, c.y, c.x, c.y); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(err)
		}
	}
	x, y := blobs(20, 2, 2, 1)
	if r, err := Probe(x, 2, y, x[:2], []uint8{7}); err != nil || !math.IsInf(r.NLL, 1) {
		t.Errorf("a class that training never showed: NLL %v, %v, want +Inf", r.NLL, err)
	}
}

// C28: binarised pixels give 89 to 92 % with plain logistic regression. A tenth of the training set, to be quick.
func TestProbeOfMNISTPixels(t *testing.T) {
	digits := realDigits(t, data.ThresholdMNIST)
	x, y := flat(digits.Train.First(5000))
	testX, testY := flat(digits.Test)
	r, err := LinearProbe{L2: 0.01}.Probe(x, 784, y, testX, testY)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r, r.Iterations, r.Gradient)
	if r.Accuracy < 0.87 || r.Accuracy > 0.92 {
		t.Errorf("accuracy %v, want 0.87 to 0.92", r.Accuracy)
	}
}

func flat(m data.Images) ([]float32, []uint8) {
	var x []float32
	m.Tensor().MustConstFlatData(func(values any) { x = slices.Clone(values.([]float32)) })
	return x, m.Labels
}

func BenchmarkProbe(b *testing.B) {
	for _, size := range []struct{ n, d int }{{10000, 784}, {50000, 16}} {
		b.Run(fmt.Sprintf("%dx%d", size.n, size.d), func(b *testing.B) {
			x, y := blobs(size.n, size.d, 10, 3)
			if size.d == 784 {
				x, y = flat(realDigits(b, data.MNIST).Train.First(size.n))
			}
			for b.Loop() {
				r, err := Probe(x, size.d, y, x, y)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(r.Iterations), "iterations")
				b.ReportMetric(r.Gradient, "gradient")
			}
		})
	}
}
