# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Secret
    # What people do with the encrypted credentials of one mailbox, in GitLab's words: by the command and by the rake
    # tasks.
    #
    # Source: lib/gitlab/encrypted_command_base.rb of GitLab.
    class Actions
      # Said whenever a change did not come to its end.
      ABORTED = "Aborted changing file: nothing saved."

      # @param file [GitLab::EncryptedFile]
      # @param name [String] `incoming_email` or `service_desk_email`
      # @param edit [String] the command that edits the file, for hints
      # @param edit_with_editor [String] the same with an `$EDITOR`
      # @param key_place [String, nil] where the key belongs, to be told when it is missing; GitLab tells none
      def initialize(file, name, edit:, edit_with_editor: "EDITOR=vim #{edit}", key_place: nil)
        @file = file
        @name = name
        @edit = edit
        @edit_with_editor = edit_with_editor
        @key_place = key_place
      end

      # Encrypts what comes by standard input: a line from a terminal, or else all. Nothing at all is taken for a
      # mistake, such as a command before the pipe that failed.
      #
      # @return [void]
      # @raise [MailRoom::Error] when nothing was written
      def write
        check_place
        text = ($stdin.tty? ? $stdin.gets : $stdin.read(GitLab::EncryptedFile::LARGEST_TEXT_BYTES + 1)).to_s
        raise MailRoom::Error, ABORTED if text.empty?

        text = text.dup.force_encoding(Encoding::UTF_8)
        warn_of(text)
        @file.write(text)
        puts "File encrypted and saved."
      rescue Interrupt
        abort_change
      end

      # Lets a person edit the plain text.
      #
      # @return [void]
      # @raise [MailRoom::Error] when nothing was written, except for an unchanged text
      def edit
        check_place
        command = editor
        changed = @file.change do |before|
          shown = @file.exist? ? before : Content::TEMPLATE
          text = Editor.new(command).edit(shown, File.basename(@file.path, ".enc"))
          next before if text == shown

          text.tap { warn_of(text) }
        end
        puts changed ? "File encrypted and saved." : "Contents were unchanged."
      rescue Interrupt
        abort_change
      end

      # Prints the plain text.
      #
      # @return [void]
      # @raise [MailRoom::Error] when there is nothing to print
      def show
        check_place
        return puts(@file.read) if @file.exist?

        raise MailRoom::Error, "File '#{@file.path}' does not exist. Use `#{@edit}` to change that."
      end

      private

      def check_place
        unless File.directory?(@file.folder)
          raise MailRoom::Error, GitLab::EncryptedFile::Replacement.missing_folder(@file.path)
        end
        return if @file.key?

        place = " (#{@key_place})" if @key_place
        raise MailRoom::Error, "Missing encryption key encrypted_settings_key_base#{place}."
      end

      def editor
        command = ENV.fetch("EDITOR", "").strip
        return command unless command.empty?

        raise MailRoom::Error, "No $EDITOR specified to open file. Please provide one when running the command:\n" \
                               "#{@edit_with_editor}"
      end

      def warn_of(text)
        problem = Content.new(text).problem or return

        # rubocop:disable Style/StderrPuts -- also under `ruby -W0`
        $stderr.puts("WARNING: Content was not a valid #{@name.upcase} secret yml file. #{problem}")
        # rubocop:enable Style/StderrPuts
      end

      def abort_change
        $stderr.puts(ABORTED) # rubocop:disable Style/StderrPuts -- also under `ruby -W0`
        raise
      end
    end
  end
end
