-- Timelines had the provider's codes. Buyers read timelines.
UPDATE order_events SET message = 'Payment declined: card declined'
WHERE kind = 'payment_declined'
  AND message IN ('Payment declined: fraudulent', 'Payment declined: lost card', 'Payment declined: stolen card',
                  'Payment declined: pickup card', 'Payment declined: restricted card', 'Payment declined: do not honor',
                  'Payment declined: merchant blacklist', 'Payment declined: security violation',
                  'Payment declined: card velocity exceeded', 'Payment declined: generic decline');
