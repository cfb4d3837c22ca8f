# frozen_string_literal: true

require "mail_room"
require "open3"

module MailRoom
  module Tasks
    # Whether the machine starts mail_room by itself, and whether it runs now.
    #
    # Source: mail_room_enabled_check.rb and mail_room_running_check.rb in lib/system_check/incoming_email of GitLab.
    class Service
      # Where units are that no package brought: GitLab's manual has the first.
      UNITS = %w[usr/local/lib/systemd/system etc/systemd/system].freeze

      # What starts all of GitLab.
      TARGET = "gitlab.target"

      # What starts mail_room.
      UNIT = "gitlab-mailroom.service"

      # @param root [String] of the file system
      def initialize(root: "/")
        @root = root
      end

      # @return [Boolean] by systemd, or by the init script and its settings
      def enabled?
        wanted? || default_settings.include?("mail_room_enabled=true")
      end

      # @return [Boolean] whether processes can be seen
      def visible?
        !processes.nil?
      end

      # @return [Boolean] whether a process of this user has mail_room in its command, besides the one that asks
      def running?
        own = [Process.pid, Process.ppid].map(&:to_s)
        processes.to_a.any? { |line| line.include?("mail_room") && !own.include?(line.split[1]) }
      end

      private

      # What `systemctl enable` makes, or what is written into the target.
      def wanted?
        installed = [TARGET, UNIT].all? { |name| UNITS.any? { |folder| File.exist?(path(folder, name)) } }
        installed && UNITS.any? do |folder|
          # The link may point to where only the real root leads.
          File.symlink?(path(folder, "#{TARGET}.wants", UNIT)) ||
            read(folder, TARGET).match?(/^\s*(?:Wants|Requires)=.*\b#{Regexp.escape(UNIT)}(?:\s|$)/)
        end
      end

      def default_settings
        read("etc/default/gitlab")
      end

      def read(*names)
        File.read(path(*names), mode: "rb")
      rescue SystemCallError
        ""
      end

      def path(*names)
        File.join(@root, *names)
      end

      # @return [Array<String>, nil] nil where there is no ps
      def processes
        @processes ||= Open3.capture2("ps", "uxww").first.lines.map { |line| Printable.text(line.b) }
      rescue SystemCallError
        nil
      end
    end
  end
end
