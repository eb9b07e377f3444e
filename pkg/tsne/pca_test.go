package tsne

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// The variances are numpy's: eigenvalues of XᵀX/n of the centred points.
func TestPCAVariances(t *testing.T) {
	x, n, d := ellipsoids()
	z, err := PCA(x, n, d, d)
	if err != nil {
		t.Fatal(err)
	}
	want := []float64{11.999018, 5.3339014, 4.5000057, 4.499998, 1.3332992}
	for a := range d {
		for b := range d {
			sum := 0.0
			for i := range n {
				sum += float64(z[i*d+a]) * float64(z[i*d+b])
			}
			sum /= float64(n)
			if a == b && math.Abs(sum-want[a]) > 1e-4 || a != b && math.Abs(sum) > 1e-4 {
				t.Errorf("covariance of components %d and %d is %g", a, b, sum)
			}
		}
	}
	for _, pair := range [][2]int{{0, 1}, {17, 801}} { // all components: a rotation, so distances stay
		i, j := pair[0], pair[1]
		before, after := dist2(x[i*d:][:d], x[j*d:][:d], math.MaxFloat32), dist2(z[i*d:][:d], z[j*d:][:d], math.MaxFloat32)
		if math.Abs(float64(before-after)) > 1e-4 {
			t.Errorf("distance² of %d and %d: %g, was %g", i, j, after, before)
		}
	}
}

func TestPCAWideEqualsExact(t *testing.T) {
	// Four directions of deviation 8, 4, 2, 1 in noise of 0.02, once in 200 columns (exact) and once with 1100 constant ones more (randomised).
	const n, narrow, wide, k = 300, 200, 1300, 4
	rng := rand.New(rand.NewPCG(5, 5))
	var dirs [k][narrow]float64
	for a := range dirs {
		for c := range narrow {
			dirs[a][c] = rng.NormFloat64() / math.Sqrt(narrow)
		}
	}
	small, large := make([]float32, n*narrow), make([]float32, n*wide)
	for i := range n {
		for a := range dirs {
			f := rng.NormFloat64() * 8 / float64(int(1)<<a)
			for c, v := range dirs[a] {
				small[i*narrow+c] += float32(f*v + 0.02*rng.NormFloat64()/math.Sqrt(narrow))
			}
		}
		for c := range wide {
			large[i*wide+c] = 7
		}
		copy(large[i*wide:], small[i*narrow:(i+1)*narrow])
	}
	a, err := PCA(small, n, narrow, k)
	if err != nil {
		t.Fatal(err)
	}
	b, err := PCA(large, n, wide, k)
	if err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if math.Abs(float64(a[i]-b[i])) > 1e-3 {
			t.Fatalf("coordinate %d: exact %g, randomised %g", i, a[i], b[i])
		}
	}
}

func TestPCAFewPointsAndOffsets(t *testing.T) {
	// Three points on a line, far from the origin, and columns that do not vary.
	x := []float32{1e6, 5, 0, 1e6 + 3, 5, 0, 1e6 + 6, 5, 0}
	z, err := PCA(x, 3, 3, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float32{-3, 0, 0, 0, 0, 0, 3, 0, 0} {
		if math.Abs(float64(z[i]-want)) > 1e-5 {
			t.Errorf("coordinate %d is %g, want %g", i, z[i], want)
		}
	}
	wide := make([]float32, 2*3000) // two points: one component, the rest zero
	wide[0] = 4
	if z, err = PCA(wide, 2, 3000, 5); err != nil || math.Abs(float64(z[0])-2) > 1e-5 || math.Abs(float64(z[5])+2) > 1e-5 || z[1] != 0 {
		t.Errorf("%v, %v, want ±2 and zeros", z, err)
	}
}

func TestPCABadInput(t *testing.T) {
	nan := float32(math.NaN())
	for want, call := range map[string]func() ([]float32, error){
		"0 points":                       func() ([]float32, error) { return PCA(nil, 0, 3, 1) },
		"are not 2 points":               func() ([]float32, error) { return PCA(make([]float32, 5), 2, 3, 1) },
		"point 1, dimension 2 is NaN":    func() ([]float32, error) { return PCA([]float32{1, 2, 3, 4, 5, nan}, 2, 3, 1) },
		"4 asked for, the data have 3":   func() ([]float32, error) { return PCA(make([]float32, 6), 2, 3, 4) },
		"0 asked for":                    func() ([]float32, error) { return PCA(make([]float32, 6), 2, 3, 0) },
		"a coordinate is beyond float32": func() ([]float32, error) { return PCA([]float32{3e38, 3e38, 3e38, -3e38, -3e38, -3e38}, 2, 3, 1) },
	} {
		if _, err := call(); err == nil || !strings.HasPrefix(err.Error(), "tsne: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
