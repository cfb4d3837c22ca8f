# frozen_string_literal: true

module MailRoom
  module Arbitration
    # Temporary, until the Ruby side has it: the native part arbitrates.
    class Redis < Noop; end
  end
end
