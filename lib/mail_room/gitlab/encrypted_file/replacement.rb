# frozen_string_literal: true

require "mail_room"
require "tempfile"

module MailRoom
  module GitLab
    class EncryptedFile
      # Puts a new file in the place of an old one, so that readers see one or the other, whatever happens meanwhile.
      class Replacement
        # The owner's alone.
        MODE = 0o600

        # Nobody else can do the same in this folder before the block has ended.
        #
        # @param path [String] of a file that need not be there; what a link points to is replaced, not the link
        # @yieldparam replacement [Replacement]
        # @return [Object] what the block returns
        # @raise [ConfigurationError] when there is no folder for it, somebody else is at it, or root was led to what
        #   belongs to others
        def self.open(path)
          target = File.symlink?(path) ? File.realdirpath(path) : path
          # The folder and not the file, which is another after each change; and no lock stays behind.
          folder = folder_of(target)
          refuse_foreign(path, target) unless target == path
          refuse_second(folder, path)
          yield new(target)
        ensure
          folder&.close
        end

        def self.folder_of(path)
          File.open(File.dirname(path))
        rescue Errno::ENOENT, Errno::ENOTDIR
          raise ConfigurationError, missing_folder(path), cause: nil
        rescue SystemCallError => error
          raise ConfigurationError, "#{path}: cannot be written: #{error.class.new.message}"
        end
        private_class_method :folder_of

        # @param path [String]
        # @return [String] GitLab's text
        def self.missing_folder(path)
          "Directory #{File.dirname(path)} does not exist. Create the directory and try again."
        end

        # Whoever owns the folder of a link could have root replace any file otherwise.
        def self.refuse_foreign(path, target)
          owner = File.lstat(path).uid
          return if !Process.euid.zero? || owner.zero?
          return if File.stat(File.exist?(target) ? target : File.dirname(target)).uid == owner

          raise ConfigurationError, "#{path}: is a link to what does not belong to the owner of the link; run this " \
                                    "as that user, not as root"
        rescue SystemCallError => error
          raise ConfigurationError, "#{path}: cannot be written: #{error.class.new.message}"
        end
        private_class_method :refuse_foreign

        def self.refuse_second(folder, path)
          return if folder.flock(File::LOCK_EX | File::LOCK_NB)

          raise ConfigurationError, "#{path}: somebody else is changing an encrypted file in this folder, try later"
        rescue Errno::EBADF, Errno::ENOTSUP, Errno::ENOLCK, Errno::EINVAL
          nil # a file system that locks no folders, as NFS
        end
        private_class_method :refuse_second

        # @param path [String]
        def initialize(path)
          @path = path
        end

        # @param content [String]
        # @return [void]
        # @raise [ConfigurationError] when nothing was changed
        def write(content)
          # Tempfile's own mode is 0600 from the beginning.
          Tempfile.create([".#{File.basename(@path)}.", ".new"], File.dirname(@path), mode: File::BINARY) do |file|
            file.write(content)
            keep_owner(file)
            file.chmod(MODE)
            file.fsync
            File.rename(file.path, @path)
          end
          sync_folder
        rescue SystemCallError => error
          raise ConfigurationError, "#{@path}: cannot be written: #{error.class.new.message}"
        end

        private

        # When root changes a file of GitLab's user, that user has to read it, and one in a new file as well. Others
        # cannot give files away.
        def keep_owner(file)
          return unless Process.euid.zero?

          kept = File.exist?(@path) ? File.stat(@path) : File.stat(File.dirname(@path))
          file.chown(kept.uid, kept.gid)
        end

        # The rename is lost with the power otherwise.
        def sync_folder
          File.open(File.dirname(@path), &:fsync)
        rescue SystemCallError
          nil # the file is in its place
        end
      end
    end
  end
end
