# frozen_string_literal: true

module MailRoom
  # Root of the errors of this gem. The native part raises it for whatever is no mistake in a
  # setting: a use after fork, a runtime that cannot start.
  class Error < RuntimeError; end

  # A setting is missing, ill-typed, unknown or not available. The message names the mailbox and the
  # key, never a secret.
  class ConfigurationError < Error; end

  # `idle_timeout` is longer than the 29 minutes after which RFC 2177 wants IDLE re-issued.
  class IdleTimeoutTooLarge < ConfigurationError; end
end
