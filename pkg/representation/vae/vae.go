// Package vae is the variational autoencoder of Kingma and Welling 2014 (https://arxiv.org/abs/1312.6114), for binary images.
//
// An image x is explained by a code z. The decoder says p(x|z), the prior p(z) is N(0, I), and the encoder guesses the code: q(z|x) = N(μ, σ²).
// Training maximises a lower bound on log p(x), the ELBO, which reads as a message's length: the bits to spell out x once z is known, and the
// bits to say z:
//
//	log p(x) ≥ E_q[log p(x|z)] − KL(q(z|x) ‖ p(z))
//	z = μ + σ ⊙ ε,  ε ~ N(0, I)                              gradients reach μ and σ
//	KL = ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²)
//
// With k guesses the bound is tighter (Burda et al. 2016, https://arxiv.org/abs/1509.00519): L_k = E log (1/k) Σ_i p(x, z_i)/q(z_i|x).
//
// Letters: B batch, H W image, D code size, k samples.
package vae

import (
	"cmp"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/dist"
	"github.com/curious-go/curious/pkg/nn"
)

// VAE is the model; its zero value is the small one, an MLP 784-200-20-200-784.
type VAE struct {
	Height, Width int     // pixels; multiples of 4 if Conv [28]
	Codes         int     // D, size of the code [20]
	Hidden        int     // units of a hidden layer, or channels C of the first convolution, with 2C in the second and 16C units beside the code [200, or 32]
	Layers        int     // hidden layers of the MLP [1]
	Conv          bool    // convolutions instead of an MLP
	Beta          float64 // weight of the KL in the loss; other than 1, the loss is no bound [1]
}

func (c VAE) withDefaults() VAE {
	c.Height, c.Width = cmp.Or(c.Height, 28), cmp.Or(c.Width, 28)
	c.Codes, c.Layers, c.Beta = cmp.Or(c.Codes, 20), cmp.Or(c.Layers, 1), cmp.Or(c.Beta, 1)
	if c.Conv {
		c.Hidden = cmp.Or(c.Hidden, 32)
	}
	c.Hidden = cmp.Or(c.Hidden, 200)
	return c
}

// Encode is q(z|x): x [B,H,W,1] → mean, log σ [B,D].
func (c VAE) Encode(scope *model.Scope, x *Node) (mean, logStd *Node) {
	c = c.withDefaults()
	scope = scope.In("encoder")
	h := c.features(scope, x)
	mean = nn.Affine(scope.In("mean"), h, c.Codes)
	logStd = nn.AffineZero(scope.In("log_std"), h, c.Codes)
	mean.AssertDims(x.Shape().Dim(0), c.Codes)
	return mean, logStd
}

// Code is the mean of q(z|x) alone, what an image is represented by: x [B,H,W,1] → [B,D].
func (c VAE) Code(scope *model.Scope, x *Node) *Node {
	c = c.withDefaults()
	scope = scope.In("encoder")
	return nn.Affine(scope.In("mean"), c.features(scope, x), c.Codes)
}

// features are the encoder's last hidden layer: x [B,H,W,1] → [B,F].
func (c VAE) features(scope *model.Scope, x *Node) *Node {
	batch := x.Shape().Dim(0)
	if !c.Conv {
		return c.hidden(scope, Reshape(x, batch, -1))
	}
	box := nn.Box(-1, 1, -1, 1)
	h := nn.ReLU(box.Convolve(scope.In("conv_0"), nn.SpaceToDepth(x), c.Hidden))
	h = nn.ReLU(box.Convolve(scope.In("conv_1"), nn.SpaceToDepth(h), 2*c.Hidden))
	return nn.ReLU(nn.Affine(scope.In("dense"), Reshape(h, batch, -1), 16*c.Hidden))
}

// Decode is p(x|z): z [B,D] → logits [B,H,W,1].
func (c VAE) Decode(scope *model.Scope, z *Node) *Node {
	c = c.withDefaults()
	scope = scope.In("decoder")
	batch := z.Shape().Dim(0)
	if c.Conv {
		box := nn.Box(-1, 1, -1, 1)
		h, w := c.Height/4, c.Width/4
		dense := nn.ReLU(nn.Affine(scope.In("dense"), z, 16*c.Hidden))
		x := nn.ReLU(nn.Affine(scope.In("grid"), dense, h*w*2*c.Hidden))
		x = Reshape(x, batch, h, w, 2*c.Hidden)
		x = nn.ReLU(nn.DepthToSpace(box.Convolve(scope.In("conv_0"), x, 4*c.Hidden)))
		return nn.DepthToSpace(box.Convolve(scope.In("conv_1"), x, 4))
	}
	logits := nn.AffineZero(scope.In("logits"), c.hidden(scope, z), c.Height*c.Width)
	return Reshape(logits, batch, c.Height, c.Width, 1)
}

func (c VAE) hidden(scope *model.Scope, h *Node) *Node {
	for i := range c.Layers {
		h = nn.ReLU(nn.Affine(scope.In("hidden_%d", i), h, c.Hidden))
	}
	return h
}

// Terms are the two halves of the negative ELBO, in nats: the reconstruction's cost −log p(x|z) and the code's cost KL, x [B,H,W,1] → [B] each.
func (c VAE) Terms(scope *model.Scope, x *Node) (reconstruction, kl *Node) {
	mean, logStd := c.Encode(scope, x)
	z := dist.SampleNormal(scope, mean, logStd)
	logits := c.Decode(scope, z)
	reconstruction = Neg(ReduceSum(dist.BernoulliLogProb(x, logits), 1, 2, 3))
	kl = ReduceSum(dist.NormalKL(mean, logStd), 1)
	return reconstruction, kl
}

// ELBO is the lower bound on log p(x) in nats: [B,H,W,1] → [B].
func (c VAE) ELBO(scope *model.Scope, x *Node) *Node {
	reconstruction, kl := c.Terms(scope, x)
	return Neg(Add(reconstruction, kl))
}

// LogWeights are log p(x, z_i) − log q(z_i|x) in nats for k codes drawn from q: x [B,H,W,1] → [k,B]. Their log-mean-exp over i is L_k.
func (c VAE) LogWeights(scope *model.Scope, x *Node, k int) *Node {
	c = c.withDefaults()
	g, batch := x.Graph(), x.Shape().Dim(0)
	mean, logStd := c.Encode(scope, x)
	noise := scope.RandomNormal(g, shapes.Make(x.DType(), k, batch, c.Codes))
	mean, logStd = InsertAxes(mean, 0), InsertAxes(logStd, 0)
	z := Add(mean, Mul(Exp(logStd), noise))
	logQ := ReduceSum(Sub(dist.StandardNormalLogProb(noise), logStd), 2) // the density of z, through that of ε
	logPrior := ReduceSum(dist.StandardNormalLogProb(z), 2)
	logits := Reshape(c.Decode(scope, Reshape(z, k*batch, c.Codes)), k, batch, c.Height, c.Width, 1)
	logLikelihood := ReduceSum(dist.BernoulliLogProb(InsertAxes(x, 0), logits), 2, 3, 4)
	weights := Sub(Add(logLikelihood, logPrior), logQ)
	weights.AssertDims(k, batch)
	return weights
}
