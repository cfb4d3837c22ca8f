# frozen_string_literal: true

require "fileutils"
require "tmpdir"

module Servers
  # A temporary folder. Below the system's temporary folder, never below the checkout: servers that drop root must be
  # able to enter it, and the path of a unix socket may have 107 bytes only.
  class Folder
    @made = []

    class << self
      # Folders that have not been removed yet.
      attr_reader :made
    end

    # As in Process: a fork must not take its parent's folders away.
    owner = ::Process.pid
    at_exit { made.dup.each(&:remove) if ::Process.pid == owner }

    attr_reader :path

    # @param name [String] shows in the folder's name
    # @param mode [Integer] 0o755 when another user than ours has to enter
    def initialize(name, mode: 0o700)
      @path = Dir.mktmpdir("mail_room-#{name}-")
      File.chmod(mode, @path)
      self.class.made << self
    end

    # @return [String]
    def join(*names)
      File.join(@path, *names.map(&:to_s))
    end

    # @return [String] the path of the new folder
    def mkdir(*names, mode: 0o700)
      join(*names).tap do |folder|
        FileUtils.mkdir_p(folder)
        File.chmod(mode, folder)
      end
    end

    # @return [String] the path of the written file
    def write(name, content, mode: 0o600)
      join(name).tap do |file|
        FileUtils.mkdir_p(File.dirname(file))
        File.binwrite(file, content)
        File.chmod(mode, file)
      end
    end

    def remove
      FileUtils.rm_rf(@path)
      self.class.made.delete(self)
    end
  end
end
