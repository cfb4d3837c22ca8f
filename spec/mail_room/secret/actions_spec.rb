# frozen_string_literal: true

require "pty"
require "stringio"
require "tmpdir"

RSpec.describe MailRoom::Secret::Actions do
  around do |example|
    before = [$stdin, ENV.fetch("EDITOR", nil)]
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "service_desk_email.yaml.enc")
      example.run
    ensure
      $stdin = before.first
      ENV["EDITOR"] = before.last
    end
  end

  attr_reader :path

  let(:file) { MailRoom::GitLab::EncryptedFile.new(path, key: "0123456789abcdef") }
  let(:actions) { described_class.new(file, "service_desk_email", edit: "gitlab-rake edit") }
  let(:warning) { "WARNING: Content was not a valid SERVICE_DESK_EMAIL secret yml file. " }

  def write(text)
    $stdin = StringIO.new(text)
    actions.write
  end

  def edit(editor)
    ENV["EDITOR"] = editor
    actions.edit
  end

  def refuse(message)
    raise_error(MailRoom::Error, message)
  end

  it "encrypts what comes by standard input" do
    expect { write("user: gr\u00FCn\npassword: 1\n".b) }.to output("File encrypted and saved.\n").to_stdout
    expect(file.read).to eq("user: gr\u00FCn\npassword: 1\n")
  end

  it "encrypts the one line that a person writes" do
    PTY.open do |terminal, slave|
      terminal.write("user: me\nuser: you\n")
      $stdin = slave
      expect { actions.write }.to output("File encrypted and saved.\n").to_stdout
    end
    expect(file.read).to eq("user: me\n")
  end

  it "warns of content that GitLab cannot use, and saves it" do
    expect { expect { write("hunter2") }.to output(/saved/).to_stdout }
      .to output("#{warning}Did not include any key-value pairs\n").to_stderr
    expect { expect { edit("sed -i s/.*/[/") }.to output(/saved/).to_stdout }
      .to output(/\A#{warning}.* at line \d column \d\n\z/).to_stderr
    expect(file.read).to eq("[")
  end

  it "saves nothing when nothing came" do
    expect { write("") }.to refuse("Aborted changing file: nothing saved.")
    expect(file).not_to exist
  end

  it "saves nothing when the person wants to end it" do
    $stdin = Object.new.tap do |stdin|
      def stdin.tty? = true
      def stdin.gets = raise(Interrupt)
    end

    expect { actions.write }.to raise_error(Interrupt).and output("Aborted changing file: nothing saved.\n").to_stderr
  end

  it "lets a person edit the text" do
    file.write("user: me\n")

    expect { edit("sed -i -e s/me/you/") }.to output("File encrypted and saved.\n").to_stdout
    expect { edit("true") }.to output("Contents were unchanged.\n").to_stdout
    expect(file.read).to eq("user: you\n")
  end

  it "begins a new file with examples" do
    expect { edit("true") }.to output("Contents were unchanged.\n").to_stdout
    expect(file).not_to exist

    expect { edit("sed -i s/^#.//") }.to output("File encrypted and saved.\n").to_stdout
    expect(file.read).to eq("password: '123'\nuser: 'gitlab-incoming@gmail.com'\n")
  end

  it "saves nothing when the editor fails" do
    file.write("user: me\n")

    expect { edit("sh -c 'echo new > $0; exit 1'") }.to refuse(/^Aborted changing file: nothing saved.\z/)
    expect(file.read).to eq("user: me\n")
  end

  it "needs an editor" do
    [nil, " "].each do |none|
      expect { edit(none) }.to refuse("No $EDITOR specified to open file. Please provide one when running the " \
                                      "command:\nEDITOR=vim gitlab-rake edit")
    end
  end

  it "shows the text" do
    file.write("user: me")

    expect { actions.show }.to output("user: me\n").to_stdout
  end

  it "says how to make a file that is not there" do
    expect { actions.show }.to refuse("File '#{path}' does not exist. Use `gitlab-rake edit` to change that.")
  end

  it "cannot show or edit a file of another key" do
    MailRoom::GitLab::EncryptedFile.new(path, key: "another key of 16").write("user: me")
    wrong = refuse("Couldn't decrypt #{path}. Perhaps you passed the wrong key?")

    expect { actions.show }.to wrong
    expect { edit("true") }.to wrong
  end

  it "needs the folder and the key" do
    away = described_class.new(MailRoom::GitLab::EncryptedFile.new("/none/x.enc", key: nil), "incoming_email", edit: "")
    keyless = described_class.new(MailRoom::GitLab::EncryptedFile.new(path, key: nil), "incoming_email", edit: "")

    %i[write edit show].each do |action|
      expect { away.public_send(action) }
        .to refuse("Directory /none does not exist. Create the directory and try again.")
      expect { keyless.public_send(action) }.to refuse("Missing encryption key encrypted_settings_key_base.")
    end
  end
end
