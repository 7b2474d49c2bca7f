"""Models of torchvision and transformers with random weights: full-size where the shapes matter, else narrow."""
import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import torch
from torch import nn

from torch_export import import_torchvision
from torch_models import IMAGE, images, model

torchvision = import_torchvision()
vision = torchvision.models
SQUARE = dict(names=["image"], varied=dict(image=("batch", 3, 224, 224)))
ANY = dict(names=["image"], dynamic={"image": IMAGE, "output": {0: "N"}},
           varied=dict(image=("batch", 3, "size32", "size32")))


def torchvision_model(name, make, options, shape=(1, 3, 224, 224)):
    model(name)(lambda: (make(), images(*shape), options))


torchvision_model("resnet18", lambda: vision.resnet18(), ANY)
torchvision_model("resnet50", lambda: vision.resnet50(), SQUARE)
torchvision_model("resnext-narrow", lambda: vision.ResNet(vision.resnet.Bottleneck, [1, 1, 1, 1], groups=32,
                                                          width_per_group=4, num_classes=20), SQUARE)
torchvision_model("mobilenetv2", lambda: vision.mobilenet_v2(), SQUARE)
torchvision_model("mobilenetv3-large", lambda: vision.mobilenet_v3_large(), SQUARE)
torchvision_model("mobilenetv3-small", lambda: vision.mobilenet_v3_small(), ANY)
torchvision_model("efficientnet-b0", lambda: vision.efficientnet_b0(), SQUARE)
torchvision_model("regnet-y-400mf", lambda: vision.regnet_y_400mf(), SQUARE)
torchvision_model("mnasnet", lambda: vision.mnasnet0_5(), SQUARE)
torchvision_model("densenet121", lambda: vision.densenet121(), SQUARE)
torchvision_model("squeezenet", lambda: vision.squeezenet1_1(), SQUARE)
torchvision_model("shufflenetv2", lambda: vision.shufflenet_v2_x1_0(), SQUARE)
torchvision_model("googlenet", lambda: vision.googlenet(aux_logits=False, init_weights=False), SQUARE)
torchvision_model("alexnet-narrow", lambda: nn.Sequential(
    nn.Conv2d(3, 16, 11, 4, 2), nn.ReLU(True), nn.LocalResponseNorm(5), nn.MaxPool2d(3, 2),
    nn.Conv2d(16, 32, 5, padding=2, groups=2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True),
    nn.AvgPool2d(2), nn.Flatten(), nn.Linear(32 * 36, 10)), SQUARE)


@model("convnext-narrow")
def convnext():
    setting = vision.convnext.CNBlockConfig
    return vision.ConvNeXt([setting(48, 96, 2), setting(96, 192, 2), setting(192, 384, 3), setting(384, None, 2)],
                           num_classes=100), images(1, 3, 224, 224), SQUARE


@model("inception-blocks")
def inception():
    blocks = vision.inception
    return nn.Sequential(blocks.BasicConv2d(3, 32, kernel_size=3, stride=2), nn.MaxPool2d(3, 2),
                         blocks.InceptionA(32, 16), blocks.InceptionB(240), blocks.InceptionC(720, 32),
                         blocks.InceptionD(768), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 10)), images(
                             1, 3, 96, 96), SQUARE | dict(varied={})


@model("lraspp-mobilenetv3")
def lraspp():
    net = vision.segmentation.lraspp_mobilenet_v3_large(weights_backbone=None, num_classes=6)

    class Scores(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, image):
            return self.net(image)["out"]
    return Scores(), images(1, 3, 128, 160), dict(dynamic={"image": IMAGE, "output": IMAGE},
                                                  varied=dict(image=("batch", 3, "size32", "size32")))


@model("swin-small-image")
def swin():
    return vision.SwinTransformer([4, 4], 24, [2, 2], [3, 6], [4, 4], num_classes=10), images(1, 3, 64, 64), dict(
        names=["image"], varied=dict(image=("batch", 3, 64, 64)))


@model("swin-v2-small-image")
def swin_v2():
    from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformerBlockV2
    return vision.SwinTransformer([4, 4], 24, [2, 2], [3, 6], [4, 4], num_classes=10, block=SwinTransformerBlockV2,
                                  downsample_layer=PatchMergingV2), images(1, 3, 64, 64), dict(
        names=["image"], varied=dict(image=("batch", 3, 64, 64)))


@model("vit")
def vit():
    net = vision.VisionTransformer(64, 16, 3, 4, 96, 192, num_classes=10)
    nn.init.normal_(net.heads.head.weight, std=0.1)  # it begins at zero, which would hide every fault
    return net, images(2, 3, 64, 64), dict(
        names=["image"], varied=dict(image=("batch", 3, 64, 64)))


# ---- transformers ---------------------------------------------------------------------------
class Named(nn.Module):
    """A transformers model whose inputs and outputs are plain tensors."""

    def __init__(self, net, pick):
        super().__init__()
        self.net, self.pick = net, pick


class Texts(Named):
    def forward(self, input_ids, attention_mask):
        found = self.net(input_ids=input_ids, attention_mask=attention_mask)
        return self.pick(found, attention_mask)


class Images(Named):
    def forward(self, pixel_values):
        return self.pick(self.net(pixel_values=pixel_values))


SMALL = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, vocab_size=300,
             max_position_embeddings=80)


def hidden(found, mask):
    return found.last_hidden_state


def logits(found, mask=None):
    return found.logits


def mean(found, mask):
    weight = mask.unsqueeze(-1).to(found.last_hidden_state.dtype)
    pooled = (found.last_hidden_state * weight).sum(1) / weight.sum(1).clamp(min=1e-9)
    return nn.functional.normalize(pooled, p=2.0, dim=1)


def texts(name, make, pick, words=(2, 12), per_word=True, attention=None, vocabulary=300):
    @model(name)
    def build():
        import transformers
        net = make(transformers)
        if attention:
            net.set_attn_implementation(attention)
        ids = torch.randint(3, vocabulary, words)
        mask = torch.ones(words, dtype=torch.int64)
        mask[-1, words[1] * 2 // 3:] = 0
        axes = {0: "N", 1: "S"}
        return Texts(net, pick), (ids, mask), dict(
            dynamic={"input_ids": axes, "attention_mask": axes, "output": axes if per_word else {0: "N"}},
            varied=dict(input_ids=("batch", "sequence"), attention_mask=("batch", "sequence")))


texts("bert", lambda t: t.BertModel(t.BertConfig(**SMALL), add_pooling_layer=False), hidden)
texts("bert-eager", lambda t: t.BertModel(t.BertConfig(**SMALL), add_pooling_layer=False), hidden, attention="eager")
texts("bert-classifier", lambda t: t.BertForSequenceClassification(t.BertConfig(**SMALL, num_labels=3)), logits,
      per_word=False)
texts("bert-masked", lambda t: t.BertForMaskedLM(t.BertConfig(**SMALL)), logits)
texts("minilm", lambda t: t.BertModel(t.BertConfig(
    hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536, vocab_size=3000,
    max_position_embeddings=512), add_pooling_layer=False), mean, words=(2, 128), per_word=False)
texts("distilbert", lambda t: t.DistilBertModel(t.DistilBertConfig(
    dim=64, n_layers=2, n_heads=4, hidden_dim=128, vocab_size=300)), hidden)
texts("roberta", lambda t: t.RobertaForSequenceClassification(t.RobertaConfig(**SMALL)), logits, per_word=False)
texts("xlm-roberta-tokens", lambda t: t.XLMRobertaForTokenClassification(t.XLMRobertaConfig(**SMALL, num_labels=5)),
      logits)
texts("albert", lambda t: t.AlbertModel(t.AlbertConfig(**SMALL, embedding_size=32)), hidden)
texts("electra", lambda t: t.ElectraModel(t.ElectraConfig(**SMALL, embedding_size=32)), hidden)
texts("mpnet", lambda t: t.MPNetModel(t.MPNetConfig(**SMALL), add_pooling_layer=False), mean, per_word=False)
texts("deberta-v2", lambda t: t.DebertaV2Model(t.DebertaV2Config(
    **SMALL, relative_attention=True, pos_att_type=["p2c", "c2p"], position_buckets=16, share_att_key=True,
    norm_rel_ebd="layer_norm", position_biased_input=False)), hidden)
texts("gpt2", lambda t: t.GPT2LMHeadModel(t.GPT2Config(
    n_embd=64, n_layer=2, n_head=4, vocab_size=300, n_positions=80, use_cache=False)), logits)
texts("llama", lambda t: t.LlamaForCausalLM(t.LlamaConfig(**SMALL, num_key_value_heads=2, use_cache=False)), logits)
texts("qwen2", lambda t: t.Qwen2ForCausalLM(t.Qwen2Config(**SMALL, num_key_value_heads=2, use_cache=False)), logits)
texts("t5-encoder", lambda t: t.T5EncoderModel(t.T5Config(
    d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4, vocab_size=300)), hidden)
texts("modernbert", lambda t: t.ModernBertModel(t.ModernBertConfig(
    **SMALL, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2)), hidden)


def pictures(name, make, pick, shape=(1, 3, 64, 64), free=False):
    @model(name)
    def build():
        import transformers
        return Images(make(transformers), pick), images(*shape), dict(
            varied=dict(pixel_values=("batch",) + shape[1:]))


VISION = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, image_size=64,
              patch_size=16)
pictures("vit-transformers", lambda t: t.ViTForImageClassification(t.ViTConfig(**VISION, num_labels=7)), logits)
pictures("deit", lambda t: t.DeiTModel(t.DeiTConfig(**VISION), add_pooling_layer=False),
         lambda found: found.last_hidden_state)
pictures("dinov2", lambda t: t.Dinov2Model(t.Dinov2Config(**VISION, mlp_ratio=2)), lambda found: found.pooler_output)
pictures("swin-transformers", lambda t: t.SwinModel(t.SwinConfig(
    image_size=64, patch_size=4, embed_dim=24, depths=[2, 2], num_heads=[3, 6], window_size=4)),
    lambda found: found.pooler_output)
pictures("clip-vision", lambda t: t.CLIPVisionModelWithProjection(t.CLIPVisionConfig(**VISION, projection_dim=32)),
         lambda found: found.image_embeds)
pictures("segformer", lambda t: t.SegformerForSemanticSegmentation(t.SegformerConfig(
    hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], num_attention_heads=[1, 2, 3, 4], decoder_hidden_size=32,
    num_labels=5)), logits)
pictures("mobilevit", lambda t: t.MobileViTForImageClassification(t.MobileViTConfig(
    image_size=64, hidden_sizes=[32, 48, 64], neck_hidden_sizes=[8, 16, 24, 32, 48, 64, 128])), logits)
pictures("convnextv2", lambda t: t.ConvNextV2ForImageClassification(t.ConvNextV2Config(
    hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 2, 1])), logits)


@model("clip-text")
def clip_text():
    import transformers
    net = transformers.CLIPTextModelWithProjection(transformers.CLIPTextConfig(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, vocab_size=300,
        max_position_embeddings=32, projection_dim=32, eos_token_id=299))
    ids = torch.randint(3, 290, (2, 12))
    ids[:, -1] = 299
    axes = {0: "N", 1: "S"}
    return Texts(net, lambda found, mask: found.text_embeds), (ids, torch.ones_like(ids)), dict(
        dynamic={"input_ids": axes, "attention_mask": axes, "output": {0: "N"}})


@model("whisper-encoder")
def whisper():
    import transformers
    net = transformers.WhisperModel(transformers.WhisperConfig(
        d_model=64, encoder_layers=2, encoder_attention_heads=4, encoder_ffn_dim=128, decoder_layers=1,
        decoder_attention_heads=4, decoder_ffn_dim=128, num_mel_bins=20, max_source_positions=50, vocab_size=300,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)).encoder

    class Frames(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, frames):
            return self.net(frames).last_hidden_state
    return Frames(), images(1, 20, 100), {}


@model("wav2vec2")
def wav2vec2():
    import transformers
    net = transformers.Wav2Vec2ForCTC(transformers.Wav2Vec2Config(
        hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128, vocab_size=30,
        conv_dim=(32, 32, 32), conv_stride=(5, 2, 2), conv_kernel=(10, 3, 3), num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4, num_feat_extract_layers=3))

    class Waves(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, wave):
            return self.net(wave).logits
    return Waves(), images(1, 800), dict(dynamic={"wave": {0: "N", 1: "T"}, "output": {0: "N", 1: "F"}},
                                         varied=dict(wave=("batch", "long")))


@model("bart")
def bart():
    import transformers
    net = transformers.BartModel(transformers.BartConfig(
        d_model=64, encoder_layers=1, decoder_layers=1, encoder_attention_heads=4, decoder_attention_heads=4,
        encoder_ffn_dim=128, decoder_ffn_dim=128, vocab_size=300, max_position_embeddings=80, use_cache=False))

    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, input_ids, decoder_input_ids):
            return self.net(input_ids=input_ids, decoder_input_ids=decoder_input_ids,
                            use_cache=False).last_hidden_state
    return Both(), (torch.randint(3, 300, (2, 10)), torch.randint(3, 300, (2, 6))), dict(
        dynamic={"input_ids": {0: "N", 1: "S"}, "decoder_input_ids": {0: "N", 1: "T"}, "output": {0: "N", 1: "T"}})
