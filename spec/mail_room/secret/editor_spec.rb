# frozen_string_literal: true

require "English"
require "shellwords"
require "tmpdir"

RSpec.describe MailRoom::Secret::Editor do
  # Where the text is while it is edited.
  around do |example|
    before = ENV.fetch("TMPDIR", nil)
    Dir.mktmpdir do |folder|
      @folder = folder
      ENV["TMPDIR"] = folder
      example.run
    ensure
      ENV["TMPDIR"] = before
    end
  end

  attr_reader :folder

  def edit(command, text = "user: me\n")
    described_class.new(command).edit(text, "incoming_email.yaml")
  end

  def shell(script)
    Shellwords.join(["sh", "-c", script, "editor"])
  end

  def refuse(message)
    raise_error(MailRoom::Error, "#{message}\nAborted changing file: nothing saved.")
  end

  it "returns what the editor has made of the text" do
    expect(edit("sed -i s/me/you/")).to eq("user: you\n")
  end

  it "shows the text to nobody else, and leaves nothing behind, also of what the editor leaves" do
    seen = "#{folder}/../#{File.basename(folder)}.seen"
    edit(shell(%(cp "$1" "$1~"; stat -c %a "$1" "$(dirname "$1")" > #{seen})))

    expect([File.read(seen), Dir.children(folder)]).to eq(["600\n700\n", []])
  ensure
    File.delete(seen)
  end

  it "says that the editor failed, is not there, or is no command" do
    expect { edit("false") }.to refuse("$EDITOR: false failed")
    expect { edit("/none/vim -n") }.to refuse("$EDITOR: /none/vim cannot be started")
    expect { edit("vim 'x") }.to refuse("$EDITOR: it is no command")
    expect { edit(shell('rm "$1"')) }.to refuse("$EDITOR: No such file or directory")
    expect(Dir.children(folder)).to eq([])
  end

  it "takes the mark that some editors begin a text with, but no other encoding" do
    expect(edit(shell(%q(printf '\357\273\277user: you' > "$1")))).to eq("user: you")
    expect { edit(shell(%q(printf '\377\376u\000' > "$1"))) }.to refuse("$EDITOR: the text is not UTF-8")
  end

  it "leaves the keys of the terminal to the editor" do
    before = Signal.trap("INT") { raise "not ours" }
    expect(edit(shell("kill -INT $PPID; sed -i s/me/you/ $1"))).to eq("user: you\n")
    expect(Signal.trap("INT", before)).to be_a(Proc)
  end

  it "removes the text when the process is told to end" do
    library = File.expand_path("../../../lib", __dir__)
    # Whoever runs the specs may ignore HUP, as nohup does.
    program = "trap('HUP', 'DEFAULT'); require 'mail_room'; " \
              "MailRoom::Secret::Editor.new(ARGV[0]).edit('user: me', 'a.yaml')"
    started = File.join(folder, "started")
    %w[TERM HUP].each do |signal|
      editor = shell("echo $$ > #{started}.new; mv #{started}.new #{started}; exec sleep 60")
      pid = Process.spawn(RbConfig.ruby, "-I", library, "-e", program, editor, %i[out err] => File::NULL)
      Wait.until(20, what: "the editor") { File.exist?(started) }
      Process.kill(signal, pid)
      Process.wait(pid)
      Process.kill("KILL", Integer(File.read(started)))
      File.delete(started)
      expect([$CHILD_STATUS.signaled?, Dir.children(folder)]).to eq([true, []])
    end
  end
end
