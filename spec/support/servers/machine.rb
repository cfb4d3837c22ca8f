# frozen_string_literal: true

require "open3"
require_relative "folder"
require_relative "privilege"

module Servers
  # A machine of its own, as far as Linux gives a process one: its network with all ports free, its name, its processes,
  # and copies of the folders that whoever sets up a mail server writes to. So the commands of a page can be run as they
  # stand there. All of it ends with the script. Only root can have one.
  #
  #   Servers::Machine.new(name: "gitlab.example.com").run("hostname") # => ["gitlab.example.com\n", status]
  class Machine
    # What a process of its own is started in.
    UNSHARE = %w[unshare --mount --net --uts --pid --fork --kill-child --mount-proc].freeze

    # Folders that are copied, and those that begin empty.
    COPIED = %w[/etc /var/spool/postfix /var/lib/postfix /var/lib/dovecot].freeze
    EMPTY = %w[/home /run /var/log /var/mail].freeze

    # Seconds.
    LIMIT = 60

    # @return [String, nil] why it cannot be had here, or nil
    def self.impossible
      Privilege.lacking("have a machine of their own", %w[unshare ip mount], *UNSHARE, "sh", "-c",
                        "ip link set lo up && mount -t tmpfs none /mnt")
    end

    # @param name [String] of the machine; it is known to itself by this name
    def initialize(name:)
      @name = name
    end

    # @param script [String] for bash, which ends at the first error
    # @return [Array(String, Process::Status)] all it printed
    def run(script)
      folder = Folder.new("machine", mode: 0o755)
      path = folder.write("script", [*preparations(folder), script].join("\n"))
      Open3.capture2e("timeout", LIMIT.to_s, *UNSHARE, "bash", "-e", path)
    ensure
      folder&.remove
    end

    private

    def preparations(folder)
      copies = COPIED.map do |path|
        copy = folder.join("copy#{path}")
        "mkdir -p #{path} #{File.dirname(copy)}; cp -a #{path} #{copy}; mount --bind #{copy} #{path}"
      end
      ["ip link set lo up", "hostname #{@name}", *copies, *EMPTY.map { |path| "mount -t tmpfs none #{path}" },
       "mkdir -p /run/lock /run/dovecot", "echo '127.0.0.1 #{@name}' >>/etc/hosts"]
    end
  end
end
