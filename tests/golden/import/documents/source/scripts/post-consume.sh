#!/bin/sh
echo "consumed ${DOCUMENT_ID} at $(date)"
