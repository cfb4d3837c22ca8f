# frozen_string_literal: true

require_relative "../../spec/support/mail_room_process"

module Bench
  # Programs of the core, built by `rake bench:...`, where Ruby would be what is measured.
  module Examples
    TARGET = ENV.fetch("CARGO_TARGET_DIR") { File.join(MailRoomProcess::ROOT, "target") }

    # @param name [String] of an example of the core
    # @return [String] its path
    def self.path(name)
      File.join(TARGET, "release/examples", name)
    end
  end
end
