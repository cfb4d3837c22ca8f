# frozen_string_literal: true

require "rbconfig"
require_relative "mail_room_process"
require_relative "servers"

# The gem this one stands in for, gitlab-mail_room 0.0.9 as Debian has it, which bin/setup unpacks into tmp/: as a
# command to run with the same configurations, outside of our bundle and never on our load path.
#
#   MailRoomProcess.new(config, command: Reference::COMMAND, env: Reference::ENVIRONMENT)
module Reference
  FOLDER = File.join(MailRoomProcess::ROOT, "tmp/reference/usr")
  SHIM = File.join(__dir__, "reference/shim.rb")
  COMMAND = [RbConfig.ruby, "-I", File.join(FOLDER, "lib/ruby/vendor_ruby"), "-r", SHIM,
             File.join(FOLDER, "bin/mail_room")].freeze
  ENVIRONMENT = Servers::Sidekiq::UNBUNDLED

  # @return [Boolean] false where the machine's Debian has no such package
  def self.available?
    File.exist?(COMMAND.last)
  end
end
