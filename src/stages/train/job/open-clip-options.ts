import { choice, flag, group, int, list, num, optional, text } from '../../../core/field.js'

/**
 * Options passed to open_clip unchanged, under its own names. Those that Coterie sets itself (data, epochs,
 * names of runs, devices) are excluded. The trainer checks each against the parser of the installed
 * open_clip.
 */
export const openClipOptions = group(
  {
    precision: optional(
      choice(['amp', 'amp_bf16', 'amp_bfloat16', 'bf16', 'fp16', 'pure_bf16', 'pure_fp16', 'fp32'], {
        doc: 'Number format to compute in. Default: `fp32` on a CPU, `amp_bf16` on a GPU.',
      }),
    ),
    siglip: optional(
      flag({ doc: 'The pairwise sigmoid loss of SigLIP; the model should have `init_logit_bias`.' }),
    ),
    local_loss: optional(
      flag({
        doc:
          'Each process computes the loss of its own rows: memory does not grow with the square ' +
          'of the batch.',
      }),
    ),
    gather_with_grad: optional(
      flag({ doc: 'Gradients flow through the gathering of features; use it with `local_loss`.' }),
    ),
    grad_checkpointing: optional(
      flag({ doc: 'Recompute activations: less memory, about a third more time.' }),
    ),
    accum_freq: optional(
      int({ min: 1, doc: 'Number of parts into which a batch is split to fit into memory.' }),
    ),
    grad_clip_norm: optional(num({ min: 0, doc: 'Maximum norm of the gradients.' })),
    torchcompile: optional(flag({ doc: 'Compile the model.' })),
    opt: optional(text({ doc: 'Optimiser: `adamw`, or `timm/…`.' })),
    momentum: optional(num({ doc: 'Momentum, for optimisers that have one.' })),
    skip_scheduler: optional(flag({ doc: 'Constant learning rate from the first step.' })),
    lock_image: optional(flag({ doc: 'Freeze the image tower.' })),
    lock_image_unlocked_groups: optional(
      int({ min: 0, doc: 'Number of its last layer groups to train anyway.' }),
    ),
    lock_image_freeze_bn_stats: optional(
      flag({ doc: 'Freeze the statistics of its batch normalisation, too.' }),
    ),
    lock_text: optional(flag({ doc: 'Freeze the text tower.' })),
    lock_text_unlocked_layers: optional(int({ min: 0, doc: 'Number of its last layers to train anyway.' })),
    lock_text_freeze_layer_norm: optional(flag({ doc: 'Freeze its layer norms, too.' })),
    force_image_size: optional(
      int({ min: 1, doc: 'Image size, if not the one that the model was designed for.' }),
    ),
    force_quick_gelu: optional(flag({ doc: 'Use QuickGELU, as OpenAI did in training.' })),
    force_patch_dropout: optional(num({ min: 0, max: 1, doc: 'Share of patches to drop in training.' })),
    image_mean: optional(
      list(num({ doc: 'Of one channel.' }), { min: 3, doc: 'Mean of red, green and blue.' }),
    ),
    image_std: optional(
      list(num({ doc: 'Of one channel.' }), { min: 3, doc: 'Standard deviation of red, green and blue.' }),
    ),
    image_interpolation: optional(choice(['bicubic', 'bilinear'], { doc: 'How images are resized.' })),
    image_resize_mode: optional(
      choice(['shortest', 'longest', 'squash'], { doc: 'How images that are not square are resized.' }),
    ),
    aug_cfg: optional(
      list(text({ doc: '`name=value`.' }), { doc: 'Augmentation, such as `scale=(0.4,1.0)`.' }),
    ),
    log_every_n_steps: optional(int({ min: 1, doc: 'Number of steps between losses in the log.' })),
  },
  { doc: 'Options of open_clip under its own names.' },
)
