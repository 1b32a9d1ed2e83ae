import { choice, flag, group, int, list, num, optional, text } from '../../../core/field.js'

/**
 * Options that go to open_clip as they are, under its own names. Those that Coterie sets itself (data,
 * epochs, names of runs, devices) are not among them. The trainer checks each against the parser of the
 * open_clip that is installed.
 */
export const openClipOptions = group(
  {
    precision: optional(
      choice(['amp', 'amp_bf16', 'amp_bfloat16', 'bf16', 'fp16', 'pure_bf16', 'pure_fp16', 'fp32'], {
        doc: 'Numbers to compute in. Left out: `fp32` on a CPU, `amp_bf16` on a GPU.',
      }),
    ),
    siglip: optional(
      flag({ doc: 'The pairwise sigmoid loss of SigLIP; the model should have `init_logit_bias`.' }),
    ),
    local_loss: optional(
      flag({
        doc:
          'Each process computes the loss of its own rows: ' +
          'memory that does not grow with the square of the batch.',
      }),
    ),
    gather_with_grad: optional(
      flag({ doc: 'Gradients flow through the gathering of features; wanted beside `local_loss`.' }),
    ),
    grad_checkpointing: optional(
      flag({ doc: 'Recompute activations: less memory, about a third more time.' }),
    ),
    accum_freq: optional(int({ min: 1, doc: 'Parts that a batch is cut into to fit into memory.' })),
    grad_clip_norm: optional(num({ min: 0, doc: 'Gradients are cut to this norm.' })),
    torchcompile: optional(flag({ doc: 'Compile the model.' })),
    opt: optional(text({ doc: 'Optimiser: `adamw`, or `timm/…`.' })),
    momentum: optional(num({ doc: 'Of optimisers that have one.' })),
    skip_scheduler: optional(flag({ doc: 'Constant learning rate from the first step.' })),
    lock_image: optional(flag({ doc: 'Keep the image tower as it is.' })),
    lock_image_unlocked_groups: optional(
      int({ min: 0, doc: 'Last groups of its layers that are trained all the same.' }),
    ),
    lock_image_freeze_bn_stats: optional(
      flag({ doc: 'Keep the statistics of its batch normalisation, too.' }),
    ),
    lock_text: optional(flag({ doc: 'Keep the text tower as it is.' })),
    lock_text_unlocked_layers: optional(
      int({ min: 0, doc: 'Last layers of it that are trained all the same.' }),
    ),
    lock_text_freeze_layer_norm: optional(flag({ doc: 'Keep its layer norms, too.' })),
    force_image_size: optional(int({ min: 1, doc: 'Another image size than the model was made for.' })),
    force_quick_gelu: optional(flag({ doc: 'QuickGELU, as OpenAI trained.' })),
    force_patch_dropout: optional(
      num({ min: 0, max: 1, doc: 'Share of patches that are left out in training.' }),
    ),
    image_mean: optional(
      list(num({ doc: 'Of one channel.' }), { min: 3, doc: 'Mean of red, green and blue.' }),
    ),
    image_std: optional(
      list(num({ doc: 'Of one channel.' }), { min: 3, doc: 'Standard deviation of red, green and blue.' }),
    ),
    image_interpolation: optional(choice(['bicubic', 'bilinear'], { doc: 'How images are resized.' })),
    image_resize_mode: optional(
      choice(['shortest', 'longest', 'squash'], { doc: 'What is kept of images that are not square.' }),
    ),
    aug_cfg: optional(list(text({ doc: '`name=value`.' }), { doc: 'Augmentation, as `scale=(0.4,1.0)`.' })),
    log_every_n_steps: optional(int({ min: 1, doc: 'Steps between two losses in the log.' })),
  },
  { doc: 'Options of open_clip under its own names.' },
)
