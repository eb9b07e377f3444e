package score

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/optimize"
)

// LinearProbe asks how much of the class a linear classifier can read from features: multinomial logistic regression,
//
//	p(y|c) = softmax(Wᵀ(c − mean)/std + b),   minimise  −mean log p(y|c) + (L2/2)·‖W‖²
//
// trained to convergence with L-BFGS, so that there is no rate to tune and no seed: the same features give the same result to the bit. Mean and std are
// those of the training features; a feature that never changes is left out. The bias b is not penalised.
type LinearProbe struct {
	L2         float64 // strength of the penalty [1e-3]
	Iterations int     // stop after so many at the latest [1000]
}

// ProbeResult is how well a probe does on examples that it was not trained on.
type ProbeResult struct {
	Accuracy      float64 // share of the test examples whose most likely class is theirs
	StdErr        float64 // of Accuracy, over test examples
	TrainAccuracy float64
	NLL           float64 // nats for each test label: −log p(y|c) on average. H(y) − NLL is a lower bound on I(y;c)
	TrainNLL      float64
	Iterations    int     // that L-BFGS took
	Gradient      float64 // largest entry of the gradient at the end: 0 at the optimum
	Classifier    *Classifier
}

// String is one line: "97.31 % ± 0.16 of 10000 test examples right, 0.0961 nats a label (train 98.02 %)".
func (r ProbeResult) String() string {
	return fmt.Sprintf("%.2f %% ± %.2f right, %.4f nats a label (train %.2f %%)", 100*r.Accuracy, 100*r.StdErr, r.NLL, 100*r.TrainAccuracy)
}

// Probe trains a [LinearProbe] with its default settings on features [N,d], one class for each row, and tests it on others.
func Probe(trainX []float32, d int, trainY []uint8, testX []float32, testY []uint8) (ProbeResult, error) {
	return LinearProbe{}.Probe(trainX, d, trainY, testX, testY)
}

// Probe trains on features [N,d], one class for each row, and tests on others. It fails on features that are not finite, on sizes that do not
// fit together, and on fewer than two classes.
func (p LinearProbe) Probe(trainX []float32, d int, trainY []uint8, testX []float32, testY []uint8) (ProbeResult, error) {
	const doing = "score: training a linear probe"
	if err := features(testX, d, testY); err != nil {
		return ProbeResult{}, fmt.Errorf("%s: testing: %w", doing, err)
	}
	r, err := p.fit(trainX, d, trainY)
	if err != nil {
		return ProbeResult{}, fmt.Errorf("%s: %w", doing, err)
	}
	r.TrainAccuracy, r.TrainNLL = r.Classifier.test(trainX, trainY)
	r.Accuracy, r.NLL = r.Classifier.test(testX, testY)
	r.StdErr = math.Sqrt(r.Accuracy * (1 - r.Accuracy) / float64(len(testY)))
	return r, nil
}

func features(x []float32, d int, y []uint8) error {
	if d < 1 || len(y) == 0 || len(x) != len(y)*d {
		return fmt.Errorf("%d numbers and %d labels for features of %d: give one label for each row of features", len(x), len(y), d)
	}
	for i, v := range x {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("feature %d of example %d is %v", i%d, i/d, v)
		}
	}
	return nil
}

func (p LinearProbe) fit(x []float32, d int, y []uint8) (ProbeResult, error) {
	if err := features(x, d, y); err != nil {
		return ProbeResult{}, err
	}
	if slices.Min(y) == slices.Max(y) {
		return ProbeResult{}, fmt.Errorf("all %d labels are %d: a probe needs two classes or more", len(y), y[0])
	}
	if p.L2 < 0 || p.Iterations < 0 || math.IsNaN(p.L2) {
		return ProbeResult{}, fmt.Errorf("L2 %v, %d iterations: neither may be negative", p.L2, p.Iterations)
	}
	if p.L2 == 0 {
		p.L2 = 1e-3
	}
	if p.Iterations == 0 {
		p.Iterations = 1000
	}
	problem := newLogistic(x, d, y, p.L2)
	result, err := optimize.Minimize(
		optimize.Problem{Func: problem.value, Grad: problem.gradient},
		make([]float64, (d+1)*problem.classes),
		&optimize.Settings{GradientThreshold: 1e-5, MajorIterations: p.Iterations, Converger: &optimize.FunctionConverge{Relative: 1e-12, Iterations: 10}},
		&optimize.LBFGS{Store: 50, Linesearcher: &optimize.MoreThuente{CurvatureFactor: 0.9}},
	)
	// A line search that finds nothing lower has come to the end of what rounding allows.
	if err != nil && (result == nil || result.Status != optimize.Failure || result.MajorIterations < 2) {
		return ProbeResult{}, err
	}
	problem.value(result.X)
	return ProbeResult{Classifier: problem.classifier(result.X), Iterations: result.MajorIterations, Gradient: floats.Norm(problem.lastGradient, math.Inf(1))}, nil
}

// logistic is the objective. Features are kept as the list of those that are not zero, since pixels mostly are; the standardisation is folded into the weights.
type logistic struct {
	d, classes int
	rows       sparse
	y          []uint8
	mean       []float64 // of each feature
	scale      []float64 // 1/std of each feature, 0 when it never changes
	l2         float64

	last         []float64 // where value was computed last, since the optimiser asks for value and gradient apart
	lastValue    float64
	lastGradient []float64
}

// sparse is a matrix by rows: the entries of row i are start[i] up to start[i+1].
type sparse struct {
	start  []int
	column []uint32
	value  []float32
}

func newSparse(x []float32, d int) sparse {
	s := sparse{start: make([]int, 1, len(x)/d+1)}
	for i, v := range x {
		if v != 0 {
			s.column = append(s.column, uint32(i%d))
			s.value = append(s.value, v)
		}
		if i%d == d-1 {
			s.start = append(s.start, len(s.value))
		}
	}
	return s
}

func newLogistic(x []float32, d int, y []uint8, l2 float64) *logistic {
	p := &logistic{d: d, classes: int(slices.Max(y)) + 1, rows: newSparse(x, d), y: y, l2: l2, mean: make([]float64, d), scale: make([]float64, d)}
	n := float64(len(y))
	for i, v := range x {
		p.mean[i%d] += float64(v) / n
	}
	variance := make([]float64, d)
	for i, v := range x {
		variance[i%d] += (float64(v) - p.mean[i%d]) * (float64(v) - p.mean[i%d]) / n
	}
	for j, v := range variance {
		// Below this a feature is one number but for rounding.
		if v > 1e-14*(1+p.mean[j]*p.mean[j]) {
			p.scale[j] = 1 / math.Sqrt(v)
		}
	}
	return p
}

// classifier takes parameters, W [d,classes] and then b [classes] on standardised features, to weights on the features as they are.
func (p *logistic) classifier(parameters []float64) *Classifier {
	k := p.classes
	c := &Classifier{D: p.d, Classes: k, weights: make([]float64, p.d*k), bias: slices.Clone(parameters[p.d*k:])}
	for j := range p.d {
		for class := range k {
			w := parameters[j*k+class] * p.scale[j]
			c.weights[j*k+class] = w
			c.bias[class] -= w * p.mean[j]
		}
	}
	return c
}

func (p *logistic) gradient(gradient, parameters []float64) {
	p.value(parameters)
	copy(gradient, p.lastGradient)
}

// value is the objective; it leaves the gradient in lastGradient. Work is cut into a fixed number of parts, added in order, so that the result does not depend on the cores.
func (p *logistic) value(parameters []float64) float64 {
	if p.last != nil && slices.Equal(p.last, parameters) {
		return p.lastValue
	}
	const parts = 16
	k, n := p.classes, len(p.y)
	c := p.classifier(parameters)
	costs := make([]float64, parts)
	gradients := make([][]float64, parts)
	parallel(parts, func(part int) {
		g := make([]float64, (p.d+1)*k)
		prob := make([]float64, k)
		for i := part * n / parts; i < (part+1)*n/parts; i++ {
			columns, values := p.rows.column[p.rows.start[i]:p.rows.start[i+1]], p.rows.value[p.rows.start[i]:p.rows.start[i+1]]
			copy(prob, c.bias)
			for e, j := range columns {
				floats.AddScaled(prob, float64(values[e]), c.weights[int(j)*k:int(j)*k+k])
			}
			costs[part] += softmax(prob, int(p.y[i]))
			prob[p.y[i]]--
			for e, j := range columns {
				floats.AddScaled(g[int(j)*k:int(j)*k+k], float64(values[e]), prob)
			}
			floats.Add(g[p.d*k:], prob)
		}
		gradients[part] = g
	})
	total, g := 0.0, make([]float64, (p.d+1)*k)
	for part := range parts {
		total += costs[part] / float64(n)
		floats.AddScaled(g, 1/float64(n), gradients[part])
	}
	bias := g[p.d*k:]
	for j := range p.d {
		for class := range k {
			i := j*k + class
			w := parameters[i]
			g[i] = (g[i]-p.mean[j]*bias[class])*p.scale[j] + p.l2*w
			total += p.l2 / 2 * w * w
		}
	}
	p.last, p.lastValue, p.lastGradient = slices.Clone(parameters), total, g
	return total
}

// softmax turns logits into probabilities, and returns −log of that of class y.
func softmax(logits []float64, y int) float64 {
	top, at := slices.Max(logits), logits[y]
	sum := 0.0
	for i, l := range logits {
		logits[i] = math.Exp(l - top)
		sum += logits[i]
	}
	floats.Scale(1/sum, logits)
	return top + math.Log(sum) - at
}

// Classifier is a trained probe.
type Classifier struct {
	D, Classes int

	weights []float64 // [D,Classes], on features as they are
	bias    []float64 // [Classes]
}

// Probabilities is p(y|c) for each class, for features of length D.
func (c *Classifier) Probabilities(features []float32) []float64 {
	p := slices.Clone(c.bias)
	for j, v := range features[:c.D] {
		if v != 0 {
			floats.AddScaled(p, float64(v), c.weights[j*c.Classes:(j+1)*c.Classes])
		}
	}
	softmax(p, 0)
	return p
}

// Predict is the most likely class of each row of features [N,D].
func (c *Classifier) Predict(features []float32) []uint8 {
	classes := make([]uint8, len(features)/c.D)
	for i := range classes {
		classes[i] = uint8(floats.MaxIdx(c.Probabilities(features[i*c.D:])))
	}
	return classes
}

func (c *Classifier) test(x []float32, y []uint8) (accuracy, nll float64) {
	for i, label := range y {
		p := c.Probabilities(x[i*c.D:])
		if floats.MaxIdx(p) == int(label) {
			accuracy++
		}
		if int(label) < c.Classes {
			nll -= math.Log(p[label])
		} else {
			nll = math.Inf(1) // a class that training never showed
		}
	}
	return accuracy / float64(len(y)), nll / float64(len(y))
}
