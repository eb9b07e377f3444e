package score

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/data"
)

const biasedType = dtypes.Float32

// linearGaussian is the model z ~ N(0,1), x_i = z + N(0,1), for which all is known: with n pixels of sum S, the posterior is N(S/(n+1), 1/(n+1)). Its encoder
// answers N(S/(n+1) + shift, 1/(n+1)), which is exact for shift 0.
func linearGaussian(shift float64) LogWeights {
	return func(scope *model.Scope, x *Node, k int) *Node {
		batch, n := x.Shape().Dim(0), x.Shape().Size()/x.Shape().Dim(0)
		pixels := Reshape(x, 1, batch, n)
		std := 1 / math.Sqrt(float64(n+1))
		eps := scope.RandomNormal(x.Graph(), shapes.Make(biasedType, k, batch, 1))
		z := Add(AddScalar(DivScalar(ReduceAndKeep(pixels, ReduceSum, 2), float64(n+1)), shift), MulScalar(eps, std))
		normal := func(v *Node, std float64) *Node {
			return AddScalar(MulScalar(Square(v), -0.5/std/std), -math.Log(std)-0.5*math.Log(2*math.Pi))
		}
		logJoint := Add(ReduceSum(normal(Sub(pixels, z), 1), 2), ReduceSum(normal(z, 1), 2))
		return Sub(logJoint, ReduceSum(normal(MulScalar(eps, std), std), 2))
	}
}

// exactNats is −log N(x; 0, I + 11ᵀ): the determinant is n + 1, the inverse I − 11ᵀ/(n+1).
func exactNats(image []uint8) float64 {
	n, sum, squares := float64(len(image)), 0.0, 0.0
	for _, v := range image {
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	return 0.5 * (n*math.Log(2*math.Pi) + math.Log(n+1) + squares - sum*sum/(n+1))
}

// C18: with the true posterior every weight is p(x), so that L_1 is log p(x) with no variance.
func TestBoundIsExactWithTheTruePosterior(t *testing.T) {
	images := stripes(5)
	bounds, err := Bound(open(t), model.NewStore(), linearGaussian(0), images, 2, 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range bounds {
		for i, nats := range b.Each {
			if want := exactNats(images.At(i)); math.Abs(nats-want) > 1e-4 {
				t.Errorf("k = %d, image %d: %v nats, want %v", b.K, i, nats, want)
			}
		}
	}
}

// C18: with a wrong posterior L_1 falls short of log p by KL(q‖posterior) = shift²·(n+1)/2, here 0.35; L_k closes the gap, in order.
func TestBoundClosesTheGap(t *testing.T) {
	images := stripes(40)
	const shift = math.Sqrt2 * 0.22360679774997896 // √0.1
	bounds, err := Bound(open(t), model.NewStore(), linearGaussian(shift), images, 16, 1, 5, 50, 5000)
	if err != nil {
		t.Fatal(err)
	}
	exact := 0.0
	for i := range images.N {
		exact += exactNats(images.At(i)) / float64(images.N)
	}
	if gap := bounds[0].Mean - exact; math.Abs(gap-0.35) > 0.01 {
		t.Errorf("L_1 is %v nats short, want 0.35", gap)
	}
	if gap := bounds[3].Mean - exact; math.Abs(gap) > 0.005 {
		t.Errorf("L_5000 is %v nats short, want 0", gap)
	}
	for i := 1; i < len(bounds); i++ {
		for n := range images.N {
			if bounds[i].Each[n] > bounds[i-1].Each[n] {
				t.Errorf("image %d costs %v with k = %d and %v with k = %d", n, bounds[i].Each[n], bounds[i].K, bounds[i-1].Each[n], bounds[i-1].K)
			}
		}
	}
}

func TestBoundIsRepeatableAndLeavesTheRandomStateAlone(t *testing.T) {
	e, images := open(t), stripes(3)
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(42); err != nil {
		t.Fatal(err)
	}
	state := func() *tensors.Tensor {
		clone, err := store.GetVariable("/" + model.RNGStateVariableName).MustValue().LocalClone()
		if err != nil {
			t.Fatal(err)
		}
		return clone
	}
	before := state()
	a, errA := Bound(e, store, linearGaussian(0.3), images, 2, 7)
	b, errB := Bound(e, store, linearGaussian(0.3), images, 2, 7)
	if errA != nil || errB != nil || !slices.Equal(a[0].Each, b[0].Each) {
		t.Errorf("two bounds of the same images: %v, %v, errors %v, %v", a, b, errA, errB)
	}
	if !before.Equal(state()) {
		t.Error("the store's random state has changed")
	}
	fresh := model.NewStore()
	if _, err := Bound(e, fresh, linearGaussian(0.3), images, 2, 7); err != nil {
		t.Fatal(err)
	}
	if fresh.GetVariable("/"+model.RNGStateVariableName) != nil {
		t.Error("a store without a random state has one now")
	}
}

func TestBoundRefuses(t *testing.T) {
	e, images := open(t), stripes(3)
	flat := func(_ *model.Scope, x *Node, _ int) *Node { return ReduceSum(x, 1, 2, 3) }
	never := func(_ *model.Scope, x *Node, k int) *Node {
		return Log(BroadcastToDims(ScalarZero(x.Graph(), x.DType()), k, x.Shape().Dim(0)))
	}
	for name, c := range map[string]struct {
		weights LogWeights
		images  data.Images
		ks      []int
	}{
		"no k":             {linearGaussian(0), images, nil},
		"k of zero":        {linearGaussian(0), images, []int{5, 0}},
		"no images":        {linearGaussian(0), images.Range(0, 0), []int{1}},
		"no samples axis":  {flat, images, []int{1}},
		"all weights zero": {never, images, []int{3}},
	} {
		if _, err := Bound(e, model.NewStore(), c.weights, c.images, 2, c.ks...); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(err)
		}
	}
}

// log (1/k) Σ eʷ of weights that overflow as they are, in two groups: the mean of 1000 + log(1/2 + 1/2) and of 1000 + log(e/2 + 0).
func TestLogMeanExp(t *testing.T) {
	var l logMeanExp
	for _, w := range []float64{1000, 1000, math.Inf(-1), 1001} {
		l.add(w, 2)
	}
	if want := 1000 + (1-math.Ln2)/2; math.Abs(l.mean()-want) > 1e-9 {
		t.Errorf("%v, want %v", l.mean(), want)
	}
}
