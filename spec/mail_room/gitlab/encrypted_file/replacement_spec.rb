# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::GitLab::EncryptedFile::Replacement do
  around do |example|
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "file")
      example.run
    end
  end

  attr_reader :path

  def write(content)
    described_class.open(path) { |replacement| replacement.write(content) }
  end

  it "shows readers the old content or the new one, and nothing between" do
    contents = %w[a b].map { |letter| letter * 200_000 }
    write(contents.first)
    writer = fork do
      60.times { |round| write(contents[round % 2]) }
      exit!(0)
    end
    read = []
    read << File.read(path) until Process.wait(writer, Process::WNOHANG)

    expect(read.uniq - contents).to eq([])
    expect(Dir.children(File.dirname(path))).to eq(["file"])
  end

  it "keeps others out until the block has ended, also those of another process" do
    tell, told = IO.pipe
    described_class.open(path) do
      fork do
        write("x")
      rescue MailRoom::ConfigurationError => error
        told.write(error.message)
      ensure
        exit!(0)
      end
      told.close
      expect(tell.read).to start_with("#{path}: somebody else is changing")
    end
    expect { write("x") }.not_to raise_error
  end

  it "is not led by a link of another user's to what is not theirs, as root", if: Process.euid.zero? do
    real = "#{path}.real"
    File.write(real, "root's")
    File.symlink(real, path)
    File.lchown(65_534, 65_534, path)
    expect { write("new") }.to raise_error(MailRoom::ConfigurationError, /\A#{path}: is a link to what does not belong/)
    expect(File.read(real)).to eq("root's")

    File.chown(65_534, 65_534, real)
    write("new")
    expect([File.read(real), File.stat(real).uid, File.symlink?(path)]).to eq(["new", 65_534, true])
  end

  it "leaves the old file and nothing else when the new one cannot be written" do
    write("old")
    expect { described_class.new("#{path}/none").write("new") }
      .to raise_error(MailRoom::ConfigurationError, "#{path}/none: cannot be written: Not a directory")
    expect([File.read(path), Dir.children(File.dirname(path))]).to eq(["old", ["file"]])
  end
end
