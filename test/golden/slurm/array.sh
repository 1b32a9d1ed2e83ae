#!/bin/bash
#SBATCH --job-name=cc12m-embed-0-0123456789ab
#SBATCH --array=0-39
#SBATCH --output=/shared/logs/cc12m-embed-0-0123456789ab/%a.log
#SBATCH --open-mode=append
#SBATCH --chdir=/shared/logs/cc12m-embed-0-0123456789ab
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=1024M
#SBATCH --time=11
#SBATCH --signal=B:TERM@60
#SBATCH --requeue
#SBATCH --kill-on-invalid-dep=yes
#SBATCH --dependency=aftercorr:41

export COTERIE_ATTEMPT="${SLURM_RESTART_COUNT:-0}"
export COTERIE_STOP_AT="$(($(date +%s) + 600))"
child= stopped=
trap 'stopped=1; if [ -n "$child" ]; then kill -TERM "$child" 2>/dev/null; fi' TERM INT
node /shared/coterie/dist/cli/main.js task --store /shared/store --array cc12m/cc12m-embed-0-0123456789ab --threads 1 --index "$SLURM_ARRAY_TASK_ID" &
child=$!
if [ -n "$stopped" ]; then kill -TERM "$child" 2>/dev/null; fi
code=0
wait "$child" || code=$?
# A signal ends `wait`, not the child.
while kill -0 "$child" 2>/dev/null; do code=0; wait "$child" || code=$?; done
if [ "$code" -eq 75 ] && [ "$COTERIE_ATTEMPT" -lt 5 ]; then
  for try in 1 2 3 4 5; do
    job=$(scontrol show job -o "$SLURM_JOB_ID" 2>/dev/null) && break
    sleep 5
  done
  case "$job" in
    *"JobState=RUNNING "*"Restarts=$COTERIE_ATTEMPT "*) scontrol requeue "$SLURM_JOB_ID" && exit 0 ;;
  esac
fi
if [ "$code" -ne 0 ]; then echo "ended with exit code $code"; fi
exit "$code"
